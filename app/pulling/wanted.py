"""Which films a pull takes: what a PACS is asked for, and what is looked at again here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.db.tables import now
from app.pulling.answers import Entry
from app.pulling.instances import Instance
from app.pulling.probing import Abilities
from app.pulling.searching import BODY_PART, DATE, DESCRIPTION, MODALITY, like
from app.runs.pull_parameters import PullParameters

FIRST_DAY = date(1990, 1, 1)
"""No radiograph was stored digitally before."""


@dataclass(frozen=True)
class Wanted:
    """What an admin has asked for.

    Attributes:
        modalities: of which a film has one.
        body_part: that its body part holds; "" for any.
        description: that its study's description holds; "" for any.
        since, until: the first day and the last.
    """

    modalities: tuple[str, ...]
    body_part: str
    description: str
    since: date
    until: date

    @property
    def begin(self) -> datetime:
        """The first minute."""
        return datetime.combine(self.since, time())

    def searches(self, abilities: Abilities) -> list[dict[str, str]]:
        """Return what is sent beside dates: the filters that the PACS honours, for each modality.

        Of a parameter that is repeated, many servers see the last alone.
        """
        base = {}
        if self.body_part and abilities.honours(BODY_PART):
            base[BODY_PART] = like(self.body_part)
        if self.description and abilities.honours(DESCRIPTION):
            base[DESCRIPTION] = like(self.description)
        if not abilities.honours(MODALITY):
            return [base]
        return [base | {MODALITY: each} for each in self.modalities]

    def unsent(self, abilities: Abilities) -> list[str]:
        """Return the filters that are asked for and cannot be sent: more is listed than fits."""
        asked: Mapping[str, object] = {
            DATE: True,
            MODALITY: True,
            BODY_PART: self.body_part,
            DESCRIPTION: self.description,
        }
        return [name for name, value in asked.items() if value and not abilities.honours(name)]

    def may_hold(self, entry: Entry) -> bool:
        """Whether a study may hold films that are asked for, by what is told of it in a list."""
        return not entry.modalities or bool(set(entry.modalities) & set(self.modalities))

    def why_not(self, instance: Instance) -> str:
        """Return why an object is not taken, a key of `tallies.TITLES`; "" where it is."""
        if not instance.is_film:
            return "not_film"
        if instance.modality not in self.modalities:
            return "other_modality"
        if not _holds(instance.description, self.description):
            return "other_description"
        if self.body_part and not instance.body_part:
            return "no_body_part"
        return "" if _holds(instance.body_part, self.body_part) else "other_body_part"


def wanted_of(parameters: PullParameters) -> Wanted:
    """Return what the parameters of a run ask for."""
    return Wanted(
        tuple(parameters.modalities),
        parameters.body_part.strip(),
        parameters.description.strip(),
        parameters.since or FIRST_DAY,
        parameters.until or now().date() + timedelta(1),
    )


def _holds(text: str, part: str) -> bool:
    return part.casefold() in text.casefold()
