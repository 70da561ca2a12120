"""What docs/api.md tells a receiver to do, done with what a real process sends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.webhook_receivers import Answer, receiving, webhook

from app import announcing
from app.announcing import RUN_ENDED, announce
from app.db.engine import Database, read_only
from app.settings import Settings
from app.webhooks import deliveries

DOCUMENT = Path(__file__).parents[2] / "docs/api.md"


def documented() -> Callable[..., int]:
    """The function of the document's section on webhooks."""
    section = DOCUMENT.read_text("utf-8").partition("## Webhooks")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.+?)```", section, re.S)
    names: dict[str, Any] = {}
    exec(code, names)
    take: Callable[..., int] = names["take"]
    return take


def test_the_documented_receiver_takes_what_is_signed_once_and_nothing_else(
    sqlite_database: Database, sqlite_url: str, settings: Settings
) -> None:
    """`condyle deliver` sends it."""
    take, known = documented(), set[str]()
    with receiving() as receiver:
        receiver.behaviour = lambda: Answer(take(*receiver.last, told.secret, known))
        told = webhook(sqlite_database, receiver.server_port)
        with sqlite_database.begin() as session:
            announce(session, RUN_ENDED, run=17, kind="sweep", status="succeeded")
        own = {"database_url": sqlite_url, "webhook_networks": "127.0.0.1"}
        environment = os.environ | settings.model_copy(update=own).as_environment()
        command = [sys.executable, "-c", "from app.cli import main; main()", "deliver"]
        sender = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            while not receiver.taken:
                assert sender.poll() is None
                receiver.over.wait(0.05)
            sender.send_signal(signal.SIGTERM)
            assert sender.wait(60) == 0
        finally:
            sender.kill()
            sender.wait()
        body, headers = receiver.last
    with read_only(sqlite_database) as session:
        (delivery,) = deliveries.listed(session)
    assert known == {delivery.key}
    assert take(body, headers, told.secret, known) == 204, "known, and not done twice"
    assert take(body.replace(b"17", b"18"), headers, told.secret, known) == 401
    assert take(body, headers | {"webhook-id": "msg_other"}, told.secret, known) == 401
    assert take(body, {}, told.secret, known) == 401


def test_the_document_names_everything_a_webhook_is_told_of() -> None:
    table = set(re.findall(r"^\| `(\w+\.\w+)` \|", DOCUMENT.read_text("utf-8"), re.M))
    assert table == {*announcing.TOPICS, announcing.TRIAL}
