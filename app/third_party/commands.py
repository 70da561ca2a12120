"""`condyle notices` and `condyle sbom`: what this installation holds that others wrote."""

from importlib.util import find_spec

import typer

from app import errors
from app.third_party.components import components
from app.third_party.notices import notices


def print_notices() -> None:
    """Print the components that others wrote, their licences and their notices."""
    for line in notices(components()):
        typer.echo(line)


def print_sbom() -> None:
    """Print the software bill of materials of this installation (CycloneDX 1.6, JSON).

    Raises:
        errors.Refused: the library that writes it is not installed.
    """
    if find_spec("cyclonedx") is None:
        raise errors.Refused(
            "This installation cannot write a bill of materials.",
            "condyle sbom",
            "Install condyle[sbom].",
        )
    from app.third_party.sbom import sbom  # only this needs the library

    typer.echo(sbom(components()))
