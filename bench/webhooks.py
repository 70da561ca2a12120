"""What becomes of a thousand deliveries while their receiver is down for a minute: once, or listed.

Run: python -m bench webhooks [--deliveries 1000] [--down 60] [--processes 2]
Processes of `condyle deliver` send, on SQLite and with the waits that are shipped. The receiver
counts what it takes; it is not there at first.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server

from sqlalchemy import func, select

from app.announcing import RUN_ENDED, announce
from app.db.engine import Database, migrate, open_database, read_only
from app.db.webhooks import Delivery, Webhook
from app.settings import Settings
from app.webhooks.rules import new_secret

TAKEN: Counter[str] = Counter()
"""How often each `webhook-id` has arrived."""


class Receiver(BaseHTTPRequestHandler):
    """Takes whatever comes."""

    def do_POST(self) -> None:
        """Count what has arrived."""
        self.rfile.read(int(self.headers["Content-Length"]))
        TAKEN[self.headers["webhook-id"]] += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def statuses(database: Database) -> dict[str, int]:
    """Return how many deliveries there are of each status."""
    query = select(Delivery.status, func.count()).group_by(Delivery.status)
    with read_only(database) as session:
        return dict(session.execute(query).all())


def main() -> None:
    """Print how often each delivery arrived, and what is listed as failed."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--deliveries", type=int, default=1000)
    asked.add_argument("--down", type=int, default=60)
    asked.add_argument("--processes", type=int, default=2)
    given = asked.parse_args()
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), webhook_networks="127.0.0.1")
        migrate(settings.resolved_database_url)
        database = open_database(settings.resolved_database_url)
        with database.begin() as session:
            address = f"http://127.0.0.1:{port}/"
            session.add(Webhook(address=address, topics=[RUN_ENDED], secret=new_secret()))
            session.flush()
            for number in range(given.deliveries):
                announce(session, RUN_ENDED, run=number, kind="sweep", status="succeeded")
        began = time.monotonic()
        command = [sys.executable, "-c", "from app.cli import main; main()", "deliver"]
        environment = os.environ | settings.as_environment()
        senders = [
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            for _ in range(given.processes)
        ]
        time.sleep(given.down)
        print(f"after {given.down} s without a receiver: {statuses(database)}", flush=True)
        server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        while statuses(database).get("waiting"):
            time.sleep(1)
        seconds = time.monotonic() - began
        for each in senders:
            each.terminate()
        for each in senders:
            each.wait()
        server.shutdown()
        arrived = Counter(TAKEN.values())
        print(f"after {seconds:.0f} s: {statuses(database)}; {{times: arrived}} {dict(arrived)}")


if __name__ == "__main__":
    main()
