"""`condyle monitor`: what the page Monitor says, in lines, for whoever asks every day."""

import typer

from app.acceptance import stops
from app.db.engine import migrate, open_database, read_only
from app.imaging.stores import open_store
from app.settings import settings


def monitor() -> None:
    """Look at what arrives, stop acceptance where that is due; the status is 1 where somebody must.

    Acceptance is stopped, or scores have shifted in the last whole month.
    """
    from app.monitor import stopping, words  # they load SciPy, a tenth of every command's start
    from app.monitor.figures import figures  # see above

    migrate(settings().resolved_database_url)
    database = open_database(settings().resolved_database_url)
    stopping.look(database)
    with read_only(database) as session:
        stop, found = stops.standing(session), figures(session, open_store(settings()))
        said = words.lines(stop, found)
    for line in said:
        typer.echo(line)
    raise typer.Exit(int(stop is not None or found.shifted is not None))
