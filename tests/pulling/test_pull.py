"""Fetching from the PACS: 500 films over a line that breaks, by a run that is killed; and a service
that answers what it should not."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pydicom import dcmread
from support.dicomweb_peer import DicomWeb, Twist, file_of, film
from support.links import Link
from support.orthanc import SECRET, USER, Orthanc
from support.peers import arrived, wait_until
from support.whole_runs import carry_out

from app.db.arrivals import ArrivedFilm
from app.db.engine import Database, read_only
from app.db.learning import Run, RunLogLine
from app.db.pulls import Pull, PullStep
from app.receiving.place import Place
from app.runs import rules
from app.runs.kinds import PULL
from app.settings import Settings
from worker import network_kinds, progress

STUDIES, EACH = 100, 5
PROGRAM = """
import sys
from app.db.engine import open_database
from app.settings import settings
from worker import network_kinds, progress
database = open_database(settings().resolved_database_url)
progress.execute(database, settings(), int(sys.argv[1]), network_kinds.KINDS)
"""
OF_PATIENTS = ("Jane", "Müller", "P1", "1.2.3.", SECRET)


def films_of(study: int) -> Iterator[Any]:
    """The films of a study, some of them in a day that many others share."""
    for number in range(1, EACH + 1):
        uids = {"SOPInstanceUID": f"1.2.3.{study}.1.{number}"}
        if study % 2:
            uids |= {"StudyDate": "20200615", "StudyTime": f"{study % 24:02d}{study % 60:02d}00"}
        yield film(study, **uids, InstanceNumber=number)


def test_500_films_come_once_over_a_line_that_breaks_and_by_a_run_that_is_killed(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    pacs = Orthanc(tmp_path / "orthanc", LimitFindResults=15)
    (tmp_path / "credentials").write_text(f"{USER}:{SECRET}\n")
    settings.home.mkdir(exist_ok=True)
    try:
        pacs.wait_until_there()
        for study in range(1, STUDIES + 1):
            for each in films_of(study):
                pacs.ask("/instances", "POST", file_of(each))
        pacs.ask("/instances", "POST", file_of(film(900, BodyPartExamined="HIP")))
        with pacs.network():
            link = Link(pacs.http)
            here = settings.model_copy(
                update={
                    "pull_from": f"http://127.0.0.1:{link.port}/dicom-web",
                    "pull_credentials": str(tmp_path / "credentials"),
                    "run_lease_seconds": 2,
                    "dicom_seconds": 5,
                }
            )
            asked = {"body_part": "knee", "requests_per_second": 100, "since": date(2019, 1, 1)}
            with sqlite_database.begin() as session:
                run_id = rules.request(session, PULL, PULL.checked(asked)).id
            command = [sys.executable, "-c", PROGRAM, str(run_id)]
            first = subprocess.Popen(command, env=here.as_environment() | {"PATH": ""})
            wait_until(lambda: came(sqlite_database) >= 100, 120)
            link.cut()
            time.sleep(0.5)
            link.mend()
            wait_until(lambda: came(sqlite_database) >= 250, 120)
            first.kill()
            first.wait()
            run = resumed(sqlite_database, here, run_id)
            again = carry_out(sqlite_database, here, asked_again(sqlite_database, asked))
            link.stop()
    finally:
        pacs.stop()
    assert run.status == "succeeded", run.failure
    result = PULL.result_of(run)
    assert (result.studies, result.received, result.skipped) == (STUDIES + 1, STUDIES * EACH, 1)
    assert (result.refused, result.studies_left_out, result.lists_cut) == (0, 0, 0)
    films, place = arrived(sqlite_database), Place(settings.home)
    assert len(films) == len({each.uid for each in films}) == STUDIES * EACH
    assert {each.calling for each in films} == {"DICOMWEB"}
    files = [dcmread(place.path(each.digest)) for each in films]
    assert {each.SOPInstanceUID for each in files} == {
        each.SOPInstanceUID for study in range(1, STUDIES + 1) for each in films_of(study)
    }
    assert PULL.result_of(again).already_here == STUDIES * EACH
    assert PULL.result_of(again).received == 0
    with read_only(sqlite_database) as session:
        assert session.query(PullStep).count() == 0
        told = [line.text for line in session.query(RunLogLine)]
        told += [str(vars(each)) for kind in (Run, Pull) for each in session.query(kind)]
    assert not [name for name in OF_PATIENTS for said in told if name in said]
    place.sweep({each.digest for each in films}, seconds=0)
    assert len(list(place.folder.rglob("*.dcm"))) == STUDIES * EACH
    assert not list((place.folder / ".incoming").iterdir())


def came(database: Database) -> int:
    """How many films have arrived."""
    with read_only(database) as session:
        return session.query(ArrivedFilm).count()


def resumed(database: Database, settings: Settings, run_id: int) -> Run:
    """Go on with a run as soon as its lease has run out."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        progress.execute(database, settings, run_id, network_kinds.KINDS)
        with read_only(database) as session:
            run = rules.find(session, run_id)
        if run.finished_at is not None:
            return run
        time.sleep(0.2)
    raise AssertionError("nobody could go on with it")


def asked_again(database: Database, asked: dict[str, Any]) -> int:
    with database.begin() as session:
        return rules.request(session, PULL, PULL.checked(asked)).id


def test_what_is_not_asked_for_is_skipped_and_what_is_not_true_is_refused_and_both_are_counted(
    pull: Callable[..., tuple[Run, dict[str, int]]],
    peer: DicomWeb,
    sqlite_database: Database,
) -> None:
    peer.films = [
        film(1),
        film(2, BodyPartExamined="HIP"),
        film(3, BodyPartExamined=""),
        film(4, Modality="CT"),
        film(5, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33"),
        film(6, StudyDescription="Hüfte"),
        film(7),
        film(7, PatientID="P70", SOPInstanceUID="1.2.3.7.1.2"),
        film(8),
        film(9),
        film(10),
        film(11),
        film(12),
        film(13),
        film(14),
        film(15, StudyDate="20310101"),
    ]
    page, film_8 = "/instances/1.2.3.8.1.1", peer.answer("/studies/1.2.3.8/metadata")[2]
    fails = iter((Twist(500), Twist(cut=0.5), Twist(503)))
    twisted: dict[str, Callable[[], Twist | None]] = {
        page: lambda: next(fails, None) or Twist(500),
        "/instances/1.2.3.9.1.1": lambda: Twist(body=file_of(film(9, PatientID="P1"))),
        "/instances/1.2.3.10.1.1": lambda: Twist(body=file_of(film(1))),
        "/instances/1.2.3.11.1.1": lambda: Twist(404),
        "/instances/1.2.3.12.1.1": lambda: Twist(body=bytes(2**20 + 1)),
        "/instances/1.2.3.13.1.1": lambda: Twist(body=b"of Jane"),
        "/1.2.3.14/metadata": lambda: Twist(body=film_8),
    }

    def twist(path: str) -> Twist | None:
        found = next((make() for part, make in twisted.items() if part in path), None)
        single = found is not None and found.body is not None and "/instances/" in path
        return found._replace(kind="application/dicom") if found and single else found

    peer.twists = twist
    peer.ignores = {"StudyDescription", "BodyPartExamined", "ModalitiesInStudy"}
    run, counts = pull(body_part="Knee", description="knie AP", until="2030-12-31")
    assert run.status == "succeeded", run.failure
    assert counts == {
        "listed": 13,
        "not_asked": 1,
        "looked_through": 11,
        "two_patients": 1,
        "another_patient": 1,
        "received": 1,
        "other_body_part": 1,
        "no_body_part": 1,
        "not_film": 1,
        "other_description": 1,
        "film_failed": 1,
        "another": 2,
        "film_gone": 1,
        "too_large": 1,
        "no_dicom": 1,
    }
    assert len(arrived(sqlite_database)) == 1
