"""All that Condyle sends to other machines by itself: whoever sends one of these sends them all.

Workers do, or `condyle deliver` where workers reach nothing outside; the web process never.
"""

import threading
from collections.abc import Callable, Mapping

from app.db.engine import Database
from app.notifications import service as notifications
from app.outbox import service as outbox
from app.outgoing import serving
from app.settings import Settings
from app.tracking import sending as tracking
from app.webhooks import sending as webhooks

Serve = Callable[[Database, Settings, threading.Event], None]
SENDERS: Mapping[str, Serve] = {
    "webhooks": webhooks.serve,
    "outbox": outbox.serve,
    "tracking": tracking.serve,
    "mails": notifications.serve_mails,
}
"""Each sends what is due until told to stop, and does nothing where nothing is set for it."""


def start(database: Database, settings: Settings, stop: threading.Event) -> Callable[[], None]:
    """Begin to send, in a thread for each kind.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        stop: tells them to end.

    Returns:
        What waits for their end, once they are told.
    """
    asked = database, settings, stop
    threads = [
        threading.Thread(target=serve, args=asked, daemon=True, name=name)
        for name, serve in SENDERS.items()
    ]
    for each in threads:
        each.start()

    def wait() -> None:
        for each in threads:
            each.join(serving.ENDING_SECONDS)

    return wait
