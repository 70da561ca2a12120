"""The store in a bucket: what holds of the folder holds of it, for machines that share none."""

import pickle
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app import errors
from app.doctor import examine
from app.imaging import bucket as buckets
from app.imaging import object_store
from app.imaging.bucket import Bucket
from app.imaging.object_store import open_files
from app.imaging.storage import Store
from app.imaging.stores import open_store
from app.settings import Settings

MIB = 2**20
Machine = Callable[[str], Bucket]


@pytest.fixture
def machine(bucket: str, tmp_path: Path) -> Machine:
    """Opens the bucket on a machine of its own, which shares no folder with others."""
    return lambda name: Bucket(bucket, tmp_path / name, MIB)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for an answer for little."""
    monkeypatch.setattr(object_store, "ANSWER_SECONDS", 0.2)


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Run an object store that answers everything in one way; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def handle_expect_100(self) -> bool:
            answer(self)
            return False

        def do_GET(self) -> None:
            answer(self)

        def do_PUT(self) -> None:
            answer(self)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def saying(status: int, code: str) -> Callable[[BaseHTTPRequestHandler], None]:
    error = f"<Error><Code>{code}</Code><Message>key tests</Message></Error>"
    body = error.encode() if code else b""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        asked.send_header("Content-Length", str(len(body)))
        asked.send_header("Connection", "close")
        asked.end_headers()
        asked.wfile.write(body)

    return answer


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(errors.Unavailable) as refused:
        ask()
    words = str(refused.value)
    assert "tests" not in words, "no key is quoted"
    assert refused.value.do
    return words


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_one_machine_stores_another_reads(machine: Machine) -> None:
    digest = machine("one").put(b"film")
    assert not files(machine("one").root)
    other = machine("other")
    assert other.exists(digest)
    assert other.read(digest) == b"film"
    assert other.local(digest).read_bytes() == b"film"
    assert list(other.digests()) == [digest]
    assert not other.exists("0" * 64)


def test_files_lie_as_in_a_folder(machine: Machine, bucket: str, tmp_path: Path) -> None:
    data = [b"one", b"two", b"three"]
    digests = sorted(machine("one").put(each) for each in data)
    folder = Store(tmp_path / "store")
    assert digests == sorted(folder.put(each) for each in data)
    names = {str(folder.path(each).relative_to(folder.root)) for each in digests}
    place = bucket.removeprefix("s3://")
    assert {each.removeprefix(f"{place}/") for each in open_files(bucket).find(place)} == names
    assert list(folder.digests()) == digests


def test_storing_again_changes_nothing(machine: Machine) -> None:
    assert machine("one").put(b"film") == machine("other").put(b"film")
    assert len(list(machine("one").digests())) == 1


def test_a_missing_file_is_named_and_nothing_else_is_one(machine: Machine) -> None:
    for ask in (Bucket.read, Bucket.local):
        with pytest.raises(errors.NotFound, match="000000000000"):
            ask(machine("one"), "0" * 64)
        with pytest.raises(errors.NotFound):
            ask(machine("one"), "../secret")


def test_a_file_that_was_changed_there_is_not_shown(machine: Machine, bucket: str) -> None:
    store = machine("one")
    digest = store.put(b"film")
    place = f"{bucket.removeprefix('s3://')}/{digest[:2]}/{digest[2:4]}/{digest}"
    open_files(bucket).pipe_file(place, b"another film")
    assert "has changed" in refusal(lambda: store.read(digest))
    assert not files(store.root)


def test_copies_here_make_room_for_each_other(machine: Machine) -> None:
    store = machine("one")
    digests = [store.put(bytes([number]) * 40_000) for number in range(60)]
    for digest in digests:
        store.read(digest)
        store.read(digests[0])
        assert sum(path.stat().st_size for path in files(store.root)) <= 1.1 * MIB
    kept = {path.name for path in files(store.root)}
    assert {digests[0], digests[-1]} <= kept, "what was read lately stays"
    assert digests[1] not in kept
    assert store.read(digests[1]) == bytes([1]) * 40_000


def test_a_film_is_fetched_when_it_is_opened_in_whatever_process(machine: Machine) -> None:
    store = machine("one")
    later = store.later(store.put(b"film"))
    assert not files(store.root)
    sent = pickle.loads(pickle.dumps(later))
    with open(sent, "rb") as opened:
        assert opened.read() == b"film"


def test_a_folder_one_machine_shares_is_whole_on_another(machine: Machine, tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other home"
    (home / "checkpoints/7-labeler").mkdir(parents=True)
    (home / "checkpoints/7-labeler/model.json").write_text("{}")
    (home / "checkpoints/7-labeler/weights").write_bytes(bytes(1000))
    machine("one").share_folder(home, "checkpoints/7-labeler")
    assert machine("other").shared_folders() == ["checkpoints/7-labeler"]
    for _ in range(2):
        fetched = machine("other").fetch_folder(other, "checkpoints/7-labeler")
        assert fetched == other / "checkpoints/7-labeler"
        assert {path.name: path.read_bytes() for path in files(fetched)} == {
            "model.json": b"{}",
            "weights": bytes(1000),
        }
    assert [path.name for path in (other / "checkpoints").iterdir()] == ["7-labeler"]
    with pytest.raises(errors.NotFound, match="8-labeler"):
        machine("other").fetch_folder(other, "checkpoints/8-labeler")
    assert not list(machine("one").digests())


def test_a_bucket_that_is_gone_is_no_missing_film(bucket: str, tmp_path: Path) -> None:
    gone = Bucket("s3://no-such-bucket/knees", tmp_path, MIB)
    asks = (
        lambda: gone.put(b"film"),
        lambda: gone.read("0" * 64),
        lambda: gone.exists("0" * 64),
        lambda: list(gone.digests()),
    )
    for ask in asks:
        words = refusal(ask)
        assert "There is no such bucket" in words
        assert "s3://no-such-bucket/knees" in words
        assert "CONDYLE_STORE_URL" in words


def test_wrong_keys_are_named_as_such(machine: Machine, s3: str) -> None:
    def check_keys(after: str) -> None:
        kind = {"Content-Type": "text/plain"}
        asked = urllib.request.Request(f"{s3}/moto-api/reset-auth", after.encode(), kind)
        urllib.request.urlopen(asked).close()

    store = machine("one")
    digest = store.put(b"film")
    check_keys("0")
    try:
        for ask in (lambda: store.put(b"other"), lambda: store.read(digest)):
            words = refusal(ask)
            assert "refuses these keys" in words
            assert "AWS_ACCESS_KEY_ID" in words
    finally:
        check_keys("inf")


def test_where_no_keys_are_set_that_is_said(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "NoCredentialsError" in refusal(lambda: machine("one").put(b"film"))


@pytest.mark.parametrize(
    ("status", "code"), [(507, "XMinioStorageFull"), (403, "QuotaExceeded"), (507, "507")]
)
def test_one_that_is_full_is_named_as_such(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    with answering(saying(status, code)) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        words = refusal(lambda: machine("one").put(b"film"))
    assert "is full" in words
    assert "what was stored is kept" in words


def test_one_that_never_answers_is_given_up(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, hurried: None
) -> None:
    given_up = threading.Event()
    with answering(lambda _asked: given_up.wait(60) and None) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        store = machine("one")
        words = refusal(lambda: store.read("0" * 64)), refusal(lambda: store.put(b"film"))
        given_up.set()
    assert all("does not answer" in each for each in words)
    assert not files(store.root)


def test_one_that_is_away_for_a_while_is_waited_for_by_a_run(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(buckets, "PAUSE_SECONDS", 0.01)

    def come_back(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        saying(*(503, "SlowDown") if len(asked) < 8 else (200, ""))(request)

    with answering(come_back) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        assert "SlowDown" in refusal(lambda: Bucket(bucket, tmp_path, MIB).put(b"film"))
        assert Bucket(bucket, tmp_path, MIB, patience=60).put(b"film")
    assert len(asked) == 8


@pytest.mark.parametrize(
    "url", ["films", "s3:/films", "s3://Films", "file:///tmp", "s3://key:secret@films/knees"]
)
def test_an_address_that_is_none_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(errors.Refused, match="CONDYLE_STORE_URL") as refused:
        open_store(Settings(store_url=url))
    assert "key:secret" not in str(refused.value)


def test_the_doctor_tries_the_bucket(settings: Settings, bucket: str) -> None:
    def found() -> str:
        return next(each.words for each in examine(settings) if "s3://" in each.words)

    settings.store_url = bucket
    assert found() == f"{bucket} can be written, read and listed."
    settings.store_url = "s3://no-such-bucket/knees"
    assert "There is no such bucket" in found()
