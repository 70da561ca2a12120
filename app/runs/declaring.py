"""What is declared of a kind of run, and what follows from that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from app import errors
from app.db.learning import Run
from app.runs import asking, requirements
from app.runs.asking import Parameter
from app.runs.parameters import Parameters
from app.runs.results import Result
from app.settings import Settings
from app.texts import _

P = TypeVar("P", bound=Parameters)
R = TypeVar("R", bound=Result)
M = TypeVar("M", bound=BaseModel)
Resource = Literal["decode", "cpu", "gpu", "network"]
"""What a kind keeps busy, and so the queue that serves it."""


@dataclass(frozen=True)
class Step:
    """A link to what comes next; both may name figures of the result, and the `run`."""

    text: str
    path: str


@dataclass(frozen=True)
class Kind(Generic[P, R]):
    """A kind of run.

    Attributes:
        name: in rows, in the API and, with hyphens, on the command line.
        title: what people call it.
        purpose: what it does, in a sentence or two.
        parameters: what it takes.
        result: what it gives.
        resource: what it keeps busy.
        starts_on: the pages where a person starts it, the first one where it is started again;
            none where another act requests it.
        next: what to do once it has succeeded, the first being the next step of the round.
        require: refuses what cannot start with these parameters and settings.
        remedies: where a cause of its failures can be mended, besides starting it again.
    """

    name: str
    title: str
    purpose: str
    parameters: type[P]
    result: type[R]
    resource: Resource
    starts_on: tuple[str, ...]
    next: tuple[Step, ...]
    require: Callable[[P, Settings], None] = requirements.nothing
    remedies: tuple[Step, ...] = ()

    @property
    def takes(self) -> tuple[Parameter, ...]:
        """Its parameters."""
        return asking.parameters_of(self.parameters)

    @property
    def chosen(self) -> list[Parameter]:
        """The parameters that a person chooses."""
        return [parameter for parameter in self.takes if not parameter.asked.given]

    def chosen_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of each parameter that a person chooses, by name."""
        properties = self.parameters.model_json_schema().get("properties", {})
        return {parameter.name: properties[parameter.name] for parameter in self.chosen}

    @property
    def starts_alone(self) -> bool:
        """Whether parameters are all it takes: an import needs files that are there, too."""
        return bool(self.starts_on) and not any(each.asked.given for each in self.takes)

    def checked(self, parameters: P | Mapping[str, Any]) -> P:
        """Return parameters that are those of this kind, with defaults filled in.

        Raises:
            errors.Refused: one is unknown or wrong.
        """
        if isinstance(parameters, self.parameters):
            return parameters
        assert isinstance(parameters, Mapping), f"not of a {self.name}"
        return asking.parse(self.parameters, parameters)

    def chosen_by(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values that a program has sent, where all of them are a person's to choose.

        The others name files of the server, or are known to whoever starts the run.

        Raises:
            errors.Refused: one is not.
        """
        asking.refuse_unknown(values, [parameter.name for parameter in self.chosen])
        return values

    def typed(self, texts: Mapping[str, str]) -> P:
        """Return parameters that somebody has typed or chosen, as `asking.from_texts` reads them.

        Raises:
            errors.Refused: one is unknown or wrong.
        """
        return self.checked(self.chosen_by(asking.from_texts(self.parameters, texts)))

    def parameters_of(self, run: Run) -> P:
        """Return what a run was asked, whichever release wrote the row.

        Raises:
            errors.Refused: the row holds what no release has written.
        """
        return _read(self.parameters, run.parameters, run)

    def result_of(self, run: Run) -> R:
        """Return what a run that succeeded has said, whichever release wrote the row.

        Raises:
            errors.Refused: it has not succeeded, or the row holds what no release has written.
        """
        return _read(self.result, run.result, run)

    def asked_of(self, run: Run) -> list[tuple[str, str]]:
        """Return what a person chose of a run, each by its title, in the language of the page."""
        kept = [(each, run.parameters.get(each.name)) for each in self.chosen]
        return [
            (_(each.title), _(each.choices.get(value, value)) if each.choices else _in_words(value))
            for each, value in kept
            if value not in (None, False, [], "")
        ]

    def next_of(self, run: Run) -> list[Step]:
        """Return what to do after a run that succeeded, in the language of the page."""
        values = self.result_of(run).model_dump() | {"run": run.id}
        return [Step(_(step.text, **values), step.path.format(**values)) for step in self.next]


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _read(model: type[M], row: Mapping[str, Any], run: Run) -> M:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        raise errors.Refused(
            _("The parameters or the results of this run cannot be read."),
            _("run {number}", number=run.id),
            _("Start a new one."),
        ) from error
