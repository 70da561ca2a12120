"""A receiver in this process on a free port, and DCMTK's programs as the peers that send to it."""

import threading
from collections.abc import Callable, Iterator

import pytest
from support.peers import Peer
from support.servers import free_port

from app.db.engine import Database
from app.receiving.receiver import Receiver
from app.settings import Settings


@pytest.fixture
def here(settings: Settings) -> Settings:
    """Settings of a receiver on this machine; PACS1 may send, PACS2 from another one only."""
    settings.home.mkdir(exist_ok=True)
    update = {"dicom_port": free_port(), "dicom_senders": "PACS1, PACS2@10.0.0.5"}
    return settings.model_copy(update=update)


@pytest.fixture
def open_receiver(here: Settings) -> Iterator[Callable[..., Peer]]:
    """Starts a receiver with settings of its own, and stops it at the end."""
    told, threads = threading.Event(), []

    def start(database: Database, **update: object) -> Peer:
        receiver = Receiver(database, here.model_copy(update=update))
        threads.append(threading.Thread(target=receiver.serve_until, args=[told]))
        threads[-1].start()
        return Peer(here.dicom_port)

    yield start
    told.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
