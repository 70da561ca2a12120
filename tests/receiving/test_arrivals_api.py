"""What the page of arrived films does, done by a program with a token's scope."""

from collections.abc import Callable
from pathlib import Path

from support.peers import Peer, film
from support.web import Web

from app.db.engine import Database
from app.settings import Settings

API = "/api/v1/arrivals"


def test_a_program_does_what_the_page_does(
    database: Database, here: Settings, open_receiver: Callable[..., Peer], tmp_path: Path
) -> None:
    admin = Web(database, here).browser("Admin", "admin")
    peer = open_receiver(database)
    versions = [film(tmp_path / "0.dcm", 1)]
    versions += [film(tmp_path / f"{n}.dcm", 1, StationName=f"X{n}") for n in range(1, 4)]
    assert peer.run("storescu", *versions).returncode == 0

    found = admin.get(API).json()
    assert {name: found["films"][name] for name in ("waiting", "importing", "put_aside")} == {
        "waiting": 1,
        "importing": 0,
        "put_aside": 3,
    }
    assert found["settings"] == {"import_them": False, "read_them": False, "audit_share": 0.05}
    assert len(found["missing"]) == 3
    wanted = {"import_them": False, "read_them": True, "audit_share": 0.2}
    assert admin.put(f"{API}/settings", json=wanted).json() == wanted
    assert admin.get(API).json()["settings"] == wanted
    assert admin.put(f"{API}/settings", json=wanted | {"audit_share": 1.1}).status_code == 422

    first = admin.get(f"{API}/put-aside?limit=2").json()
    rest = admin.get(f"{API}/put-aside?limit=2&before={first['next']}").json()
    numbers = [each["id"] for page in (first, rest) for each in page["films"]]
    assert numbers == [4, 3, 2]
    assert rest["next"] is None
    assert first["films"][0]["calling"] == "PACS1"
    assert admin.post(f"{API}/put-aside/2/let-in").status_code == 204
    assert admin.delete(f"{API}/put-aside/3").status_code == 204
    gone = admin.delete(f"{API}/put-aside/3")
    assert (gone.status_code, gone.headers["content-type"]) == (404, "application/problem+json")

    (stored, *_rest) = admin.get(f"{API}/senders").json()
    assert (stored["calling"], stored["called"]) == ("PACS1", "CONDYLE")
    assert admin.delete(f"{API}/senders").status_code == 204
    assert admin.get(f"{API}/senders").json() == []

    started = admin.post(f"{API}/import")
    assert (started.status_code, started.json()["kind"]) == (201, "import")
    assert admin.post(f"{API}/import").status_code == 409
    films = admin.get(API).json()["films"]
    assert (films["import_run"], films["importing"]) == (started.json()["id"], 2)
