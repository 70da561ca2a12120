"""`condyle run KIND`: a command for each kind of run that parameters alone can start.

The options are the parameters the kind declares. They are taken as text, so that what is wrong is
refused in the same words as on a page.
"""

from collections.abc import Callable
from inspect import Parameter as Argument
from inspect import Signature
from typing import Annotated

import typer

from app.requesting import Wait, request_run
from app.runs.asking import Parameter
from app.runs.kinds import KINDS, AnyKind

run_cli = typer.Typer(no_args_is_help=True, help="Start a run, as the admin's buttons do.")


def option_of(parameter: Parameter) -> str:
    """Return what a parameter is called on the command line."""
    return f"--{parameter.name.replace('_', '-')}"


def typed_option(parameter: Parameter) -> typer.models.OptionInfo:
    """Return the option of a parameter: any text, the door looks at it."""
    default = "" if parameter.default is None else f" Default: {parameter.default}."
    takes = f" {parameter.in_words()}" if parameter.choices else ""
    option: typer.models.OptionInfo = typer.Option(
        option_of(parameter),
        help=f"{parameter.title}. {parameter.description}{takes}{default}",
        show_default=False,
        metavar=parameter.type.upper(),
    )
    return option


def command_of(kind: AnyKind) -> Callable[..., None]:
    """Return a command that starts a kind of run, with an option for each parameter."""

    def start(wait: bool, **typed: str | None) -> None:
        texts = {name: text for name, text in typed.items() if text is not None}
        request_run(kind, kind.typed(texts), wait)

    options = [
        Argument(
            each.name,
            Argument.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typed_option(each)],
        )
        for each in kind.chosen
    ]
    wait = Argument("wait", Argument.KEYWORD_ONLY, default=False, annotation=Wait)
    start.__signature__ = Signature([*options, wait])  # type: ignore[attr-defined]
    start.__annotations__ = {each.name: each.annotation for each in (*options, wait)}
    return start


for _kind in KINDS.values():
    if _kind.starts_alone:
        run_cli.command(_kind.name.replace("_", "-"), help=_kind.purpose)(command_of(_kind))
