"""What can be started on the page of runs, given what is set: its cards and their forms."""

from collections.abc import Mapping
from dataclasses import dataclass

from app import errors
from app.runs.asking import Parameter
from app.runs.kinds import KINDS, RUNS, AnyKind
from app.settings import Settings
from app.texts import _


@dataclass(frozen=True)
class Offer:
    """A card of the page: a kind of run, and what its form asks.

    Attributes:
        kind: what it starts.
        often: the parameters its form shows.
        seldom: those it keeps folded away.
        choices: what each can be now, by the parameter's name.
    """

    kind: AnyKind
    often: list[Parameter]
    seldom: list[Parameter]
    choices: Mapping[str, Mapping[str, str]]


def offers(settings: Settings) -> list[Offer]:
    """Return what can be started, in the order of a round."""
    found = (_offer(kind, settings) for kind in KINDS.values() if RUNS in kind.starts_on)
    return [offer for offer in found if _can_start(offer.kind, {}, settings)]


def _offer(kind: AnyKind, settings: Settings) -> Offer:
    return Offer(
        kind=kind,
        often=[each for each in kind.chosen if not each.asked.seldom],
        seldom=[each for each in kind.chosen if each.asked.seldom],
        choices={
            each.name: {
                code: _(name)
                for code, name in each.choices.items()
                if _can_start(kind, {each.name: code}, settings)
            }
            for each in kind.chosen
        },
    )


def _can_start(kind: AnyKind, values: Mapping[str, object], settings: Settings) -> bool:
    try:
        kind.require(kind.checked(values), settings)
    except errors.Refused:
        return False
    return True
