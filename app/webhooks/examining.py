"""What `condyle doctor` looks at of webhooks: whether somebody delivers, and what got nowhere."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app.checks import Check, reading
from app.settings import Settings
from app.webhooks import deliveries, rules


def examine(settings: Settings) -> Iterator[Check]:
    """Look at the webhooks that are set up."""
    try:
        with reading(settings) as session:
            count = len(rules.existing(session))
            late, failed = deliveries.is_late(session), deliveries.failed(session)
    except SQLAlchemyError as error:
        yield Check(False, f"It is not known what webhooks wait ({type(error).__name__}).")
        return
    if late:
        yield Check(
            False, "Webhooks wait and nobody delivers them: start a worker or `condyle deliver`."
        )
    if failed:
        do = "Settings > Webhooks says why, and sends them again"
        yield Check(False, f"{failed:,} deliveries of webhooks failed: {do}.")
    if not late and not failed:
        yield Check(True, f"Webhooks: {count:,} set up, none late.")
