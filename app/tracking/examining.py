"""What `condyle doctor` looks at of the tracking server: whether runs get there."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app import errors
from app.checks import Check, reading, refused
from app.settings import Settings
from app.tracking import rules, server


def examine(settings: Settings) -> Iterator[Check]:
    """Look at the tracking server, for `condyle doctor`."""
    if not settings.mlflow_url:
        return
    try:
        to = server.server_of(settings)
        with reading(settings) as session:
            found = rules.waiting(session)
        to.experiment_there()
    except server.NotTold as error:
        yield Check(False, f"The MLflow server {to} takes no run: {error.what} {error.do}")
        return
    except errors.CondyleError as error:
        yield refused(error)
        return
    except SQLAlchemyError as error:
        yield Check(False, f"It is not known which runs MLflow was told ({type(error).__name__}).")
        return
    if found.late:
        do = "start a worker with CONDYLE_MLFLOW_URL, or such a `condyle deliver`"
        yield Check(False, f"Runs wait to be told to {to} and nobody tells them: {do}.")
    elif found.fault:
        yield Check(False, f"{found.runs:,} runs did not get to {to} yet: {found.fault}")
    else:
        yield Check(True, f"Runs are told to {to}: {found.runs:,} wait.")
