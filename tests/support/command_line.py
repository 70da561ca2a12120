"""Commands of Condyle in the process of the tests, where starting Python would take longer."""

from click.testing import Result
from typer.testing import CliRunner

from app.cli import cli
from app.settings import Settings
from app.settings import settings as settings_of_the_process


def run_command(settings: Settings, *words: str) -> Result:
    """Run a command in the workspace of these settings, as its own process would read them.

    Args:
        settings: of which the command finds everything in its environment.
        words: of the command line, after `condyle`.

    Returns:
        Exit status and what was printed. What the command does not catch is raised.
    """
    settings_of_the_process.cache_clear()
    try:
        done = CliRunner().invoke(cli, list(words), env=settings.as_environment())
    finally:
        settings_of_the_process.cache_clear()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done
