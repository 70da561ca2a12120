"""`condyle doctor` says whether webhooks are delivered."""

from sqlalchemy import update
from support.webhook_receivers import happen, webhook

from app.db import clock
from app.db.engine import Database
from app.db.webhooks import Delivery, Webhook
from app.doctor import examine
from app.outgoing import tries
from app.settings import Settings


def test_the_doctor_says_what_waits_for_nobody_and_what_failed(
    sqlite_database: Database, settings: Settings
) -> None:
    def found() -> list[tuple[bool, str]]:
        return [(each.good, each.words) for each in examine(settings) if "ebhooks" in each.words]

    assert found() == [(True, "Webhooks: 0 set up, none late.")]
    webhook(sqlite_database, 9)
    happen(sqlite_database, 2)
    assert found() == [(True, "Webhooks: 1 set up, none late.")]
    with sqlite_database.begin() as session:
        session.execute(update(Delivery).values(due_at=clock.after(-tries.LATE_SECONDS - 1)))
    assert found() == [
        (False, "Webhooks wait and nobody delivers them: start a worker or `condyle deliver`.")
    ]
    with sqlite_database.begin() as session:
        session.execute(update(Delivery).values(status="failed"))
    assert found() == [
        (
            False,
            "2 deliveries of webhooks failed: Settings > Webhooks says why, and sends them again.",
        )
    ]
    with sqlite_database.begin() as session:
        session.execute(update(Webhook).values(paused=True))
    assert found() == [(True, "Webhooks: 1 set up, none late.")]
