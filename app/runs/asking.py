"""One parameter of a kind of run: how it is asked for, read from text, and refused.

All of it follows from the declaration in `app.runs.parameters`, so that the page, the API and the
command line offer the same, and refuse in the same words.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app import errors, formats
from app.texts import _

P = TypeVar("P", bound=BaseModel)
TRUE = ("1", "true", "on", "yes")
FALSE = ("0", "false", "off", "no")


@dataclass(frozen=True)
class Asked:
    """How a person is asked for a parameter, beyond its type.

    Attributes:
        choices: what each of its choices is called.
        percent: whether a page asks for this share in per cent.
        seldom: whether a page keeps it folded away.
        given: whether nobody is asked: whoever starts the run has it from elsewhere.
        form: what is to be entered, where the type alone does not say it.
    """

    choices: Mapping[str, str] = field(default_factory=dict, hash=False)
    percent: bool = False
    seldom: bool = False
    given: bool = False
    form: str = ""


@dataclass(frozen=True)
class Parameter:
    """A parameter as a form, an option or a refusal shows it.

    Attributes:
        name: in rows, in the API and, with hyphens, on the command line.
        title: what a person calls it.
        description: what it means.
        default: None where there is none.
        type: `integer`, `number`, `boolean`, `string` or `array`, as JSON Schema calls them, or
            `date`.
        least: the smallest value; None where there is no limit.
        most: the largest.
        above: the value it must be larger than.
        choices: the values there are, each with what it is called; empty where any will do.
        asked: how a person is asked for it.
    """

    name: str
    title: str
    description: str
    default: Any
    type: str
    least: float | None
    most: float | None
    above: float | None
    choices: Mapping[str, str]
    asked: Asked

    def in_words(self) -> str:
        """Say which values it takes."""
        if self.asked.form:
            return _(self.asked.form)
        if self.choices:
            return _("Choose one of {names}.", names=", ".join(self.choices))
        if self.type == "integer":
            return _(
                "Enter a whole number from {least} to {most}.",
                least=formats.figure(self.least or 0),
                most=formats.figure(self.most or 0),
            )
        if self.type == "number":
            return _(
                "Enter a number above {above} and up to {most} ({percent} %).",
                above=f"{self.above:g}",
                most=f"{self.most:g}",
                percent=f"{100 * (self.most or 0):g}",
            )
        if self.type == "boolean":
            return _("Enter true or false.")
        if self.type == "date":
            return _("Enter a day as YYYY-MM-DD.")
        return _("Enter fewer or shorter texts.")

    def from_text(self, text: str) -> Any:
        """Return what somebody has typed as a value; what is none is returned as it is."""
        reads: dict[str, Callable[[str], Any]] = {"integer": int, "number": float}
        try:
            if self.type in reads:
                return reads[self.type](text)
        except ValueError:
            return text
        if self.type == "array":
            return [part.strip() for part in text.split(",") if part.strip()]
        if self.type == "boolean":
            return {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}.get(text, text)
        return text


@cache
def parameters_of(model: type[BaseModel]) -> tuple[Parameter, ...]:
    """Return the parameters that a model declares, in order."""
    properties = model.model_json_schema()["properties"] if model.model_fields else {}
    return tuple(_parameter(model, name, schema) for name, schema in properties.items())


def _parameter(model: type[BaseModel], name: str, schema: dict[str, Any]) -> Parameter:
    declared = model.model_fields[name]
    asked = next((each for each in declared.metadata if isinstance(each, Asked)), Asked())
    of_value = next((each for each in schema.get("anyOf", ()) if each["type"] != "null"), schema)
    largest = of_value.get("maximum")
    if "exclusiveMaximum" in of_value:
        largest = of_value["exclusiveMaximum"] - 1
    return Parameter(
        name=name,
        title=declared.title or name,
        description=declared.description or "",
        default=declared.default,
        type="date" if of_value.get("format") == "date" else of_value["type"],
        least=of_value.get("minimum"),
        most=largest,
        above=of_value.get("exclusiveMinimum"),
        choices={code: asked.choices.get(code, code) for code in of_value.get("enum", ())},
        asked=asked,
    )


def parse(model: type[P], values: Mapping[str, Any]) -> P:
    """Return parameters that somebody asks for, checked and with defaults filled in.

    Args:
        model: what declares them.
        values: values of JSON, by name.

    Raises:
        errors.Refused: one is unknown, or its value is wrong; it is named and never quoted.
    """
    known = {parameter.name: parameter for parameter in parameters_of(model)}
    refuse_unknown(values, known)
    try:
        return model.model_validate(dict(values), strict=True)
    except ValidationError as error:
        wrong = known[str(error.errors()[0]["loc"][0])]
        raise errors.Refused(
            _("{name}: this value cannot be used.", name=_(wrong.title)),
            wrong.name,
            wrong.in_words(),
        ) from error


def refuse_unknown(values: Collection[str], known: Collection[str]) -> None:
    """Refuse a name that is none of a kind's parameters, or none that a person chooses."""
    for name in values:
        if name not in known:
            raise errors.Refused(
                _("There is no such parameter."),
                str(name),
                _(
                    "Leave it out. The parameters are: {names}.",
                    names=", ".join(known) or _("none"),
                ),
            )


def from_texts(model: type[BaseModel], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what somebody has typed as values of JSON, for `parse`.

    Args:
        model: what declares the parameters.
        texts: by name, or with `_percent` after the name of a share that is given in per cent.
            What is empty is left out.
    """
    known = {parameter.name: parameter for parameter in parameters_of(model)}
    values: dict[str, Any] = {}
    for name, text in texts.items():
        share = name.removesuffix("_percent")
        if text == "":
            continue
        if share != name and share in known and known[share].asked.percent:
            value = known[share].from_text(text)
            values[share] = value / 100 if isinstance(value, float) else value
        else:
            values[name] = known[name].from_text(text) if name in known else text
    return values
