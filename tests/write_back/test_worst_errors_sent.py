"""An admin has the worst errors of an evaluation sent to the PACS from its page, each once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from evaluation.test_films import BOTH, LABELS
from pydicom import dcmread
from pydicom.uid import ComprehensiveSRStorage
from sqlalchemy import event, select, update
from support.judged_films import judge, read_validation
from support.peers import Storage
from support.report_peer import ReportPeer
from support.web import Web
from support.worklist_rows import add_readers, list_images
from write_back.conftest import Sender, reference

from app import errors
from app.db.archive import Image
from app.db.engine import Database, read_only
from app.db.learning import Evaluation
from app.db.people import AuditEvent, User
from app.db.reading import ReferenceLabel
from app.db.write_back import OutgoingSelection, PacsReference
from app.evaluation import selecting, worst_errors
from app.evaluation.read_predictions import predictions_of
from app.imaging.storage import Store
from app.pacs import references
from app.pacs.seal import seal_of
from app.removal.doing import remove
from app.settings import Settings

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/evaluations/1/key-objects"


class Judged(NamedTuple):
    """An evaluation of six films: on three of them the classifier erred, and two of these three
    are of one study."""

    web: Web
    sender: Sender
    images: list[int]

    def selections(self) -> list[OutgoingSelection]:
        """Return what is in the outbox, in order."""
        with read_only(self.web.database) as session:
            return list(session.scalars(select(OutgoingSelection).order_by(OutgoingSelection.id)))

    def statuses(self) -> list[str]:
        """Return where each stands, in order."""
        return [selection.status for selection in self.selections()]

    def relabel(self, image: int, class_id: int) -> None:
        """Give an image another label than the one it was judged by."""
        with self.web.database.begin() as session:
            mine = update(ReferenceLabel).where(ReferenceLabel.image_id == image)
            session.execute(mine.values(class_id=class_id))


@pytest.fixture
def peer() -> Iterator[ReportPeer]:
    peer = ReportPeer()
    yield peer
    peer.server.shutdown()


@pytest.fixture
def judged(database: Database, database_url: str, keyed: Settings) -> Judged:
    keyed.home.mkdir(exist_ok=True)
    own = {"database_url": database_url, "write_back_to": "PACS1@10.0.0.5:104"}
    settings = keyed.model_copy(update=own)
    seal = seal_of(settings)
    assert seal is not None
    with database.begin() as session:
        (reader,) = add_readers(session, 1)
        images = read_validation(session, LABELS, reader)
        study = session.get_one(Image, images[4]).study_id
        session.execute(update(Image).where(Image.id == images[2]).values(study_id=study))
        session.execute(update(Image).values(source_digest=Image.key))
        for image in session.scalars(select(Image)):
            named = reference(image.id) | {"PatientBirthDate": "19500131"}
            named |= {"StudyInstanceUID": reference(image.study_id)["StudyInstanceUID"]}
            digest = image.source_digest
            references.put(session, digest, seal.name, seal.sealed(digest, named))
        judge(session, Store(keyed.home / "store"), images, LABELS, BOTH)
    return Judged(Web(database, settings), Sender(database, settings), images)


@ONE_DATABASE
def test_the_worst_errors_are_sent_once_however_often_they_are_asked_for(
    judged: Judged, tmp_path: Path
) -> None:
    admin = judged.web.browser("Grace", "admin")
    button = '<button class="button" aria-describedby="key-objects-note">'
    assert button in admin.get("/evaluations/1").text
    for _ in range(2):
        assert admin.post(PAGE).headers["location"] == "/outbox?what=selections"
    shown = admin.get("/evaluations/1").text
    assert "They are in the outbox already." in shown
    assert button.replace(" aria", " disabled aria") in shown
    assert [(each.status, each.films) for each in judged.selections()] == [
        ("waiting", 2),
        ("waiting", 1),
    ]
    program = judged.web.program("Hal", "outbox", role="admin")
    again = program.post(f"/api/v1{PAGE}", json={}).json()
    assert again == {"films": 3, "selections": 2, "added": 0}
    with Storage(tmp_path / "pacs") as pacs:
        assert judged.sender.send(pacs.port) == 6 + 2, "six decisions, two selections"
        sent = [dcmread(file) for file in pacs.files()]
        assert judged.sender.send(pacs.port) == 0
        assert admin.post("/outbox/selections/1/again").status_code == 303
        assert program.post("/api/v1/outbox/selections/1/again").status_code == 409
        assert judged.sender.send(pacs.port) == 1
        assert len(pacs.files()) == len(sent), "it keeps its UID"
    shows = [each for each in sent if each.Modality == "KO"]
    assert {each.SOPInstanceUID for each in shows} == {each.uid for each in judged.selections()}
    assert admin.get("/outbox?what=selections").text.count("<code>0000</code>") == 2
    said = program.get("/api/v1/outbox/selections?most=1").json()
    assert (said["counts"]["sent"], said["next"], said["selections"][0]["films"]) == (2, 2, 1)

    judged.relabel(judged.images[4], 1)
    assert "Have them removed there" in admin.get("/outbox?what=selections&state=taken_back").text
    assert program.post("/api/v1/outbox/selections/2/again").status_code == 202
    assert admin.post("/outbox/selections/1/again").status_code == 409
    asked = program.post(f"/api/v1{PAGE}", json={}).json()
    assert asked == {"films": 2, "selections": 2, "added": 1}, "the other study is as it was"
    with read_only(judged.web.database) as session:
        done = list(session.scalars(select(AuditEvent.action)))
    assert done.count("select worst errors") == 2
    assert done.count("send key object selection") == 3
    assert done.count("send selection again") == 2


def test_a_selection_waits_for_readers_and_is_outdated_when_a_film_is_labelled_anew_or_gone(
    judged: Judged, peer: ReportPeer
) -> None:
    admin, (web, sender, images) = judged.web.browser("Grace", "admin"), judged
    admin.post(PAGE)
    with web.database.begin() as session:
        list_images(session, "adjudication", [images[1]])
    assert sender.send(peer.port) == 5 + 1, "one of each waits for its reader"
    assert judged.statuses() == ["sent", "waiting"]
    judged.relabel(images[1], 3)
    assert sender.send(peer.port) == 0
    assert judged.statuses() == ["sent", "outdated"]
    remove(web.database, web.settings, "image", [images[2]], "other", None)
    (shown, _back) = admin.get("/outbox?what=selections&state=taken_back").text.split("</table>")
    assert shown.count("<tr>") == 2, "the PACS still shows a film that was removed"


@ONE_DATABASE
def test_a_pacs_that_takes_no_selections_has_its_reports_and_each_is_told_what_it_needs(
    judged: Judged,
) -> None:
    peer = ReportPeer(ComprehensiveSRStorage)
    admin, program = (
        judged.web.browser("Grace", "admin"),
        judged.web.program("Hal", "outbox", role="admin"),
    )
    admin.post(PAGE)
    assert judged.sender.send(peer.port) == 6 + 1
    assert len(peer.stored) == 6
    peer.server.shutdown()
    assert {(each.fault, each.attempts) for each in judged.selections()} == {("no_selections", 1)}
    assert "takes no key object selections" in admin.get("/outbox?what=selections").text
    with judged.web.database.begin() as session:
        session.execute(update(OutgoingSelection).values(status="given_up"))
    assert admin.post("/outbox/again", data={"what": "selections", "state": "given_up"}).is_redirect
    again = program.post("/api/v1/outbox/selections/again", json={"state": "given_up"})
    assert again.json() == {"selections": 0}
    assert judged.statuses() == ["waiting"] * 2


@ONE_DATABASE
def test_the_button_is_off_with_its_reason_where_nothing_can_be_sent(judged: Judged) -> None:
    admin, settings = judged.web.browser("Grace", "admin"), judged.web.settings
    with judged.web.database.begin() as session:
        list_images(session, "adjudication", judged.images)
    assert "is not known in the PACS" in admin.get("/evaluations/1").text
    assert admin.post(PAGE).status_code == 409
    settings.write_back_to = ""
    off = admin.get("/evaluations/1").text
    assert "CONDYLE_WRITE_BACK_TO" in off
    assert 'class="button" disabled aria-describedby="key-objects-note"' in off
    assert admin.post(PAGE).status_code == 409
    settings.write_back_key = ""
    assert "key-objects" not in admin.get("/evaluations/1").text, "nobody writes back here"
    assert judged.selections() == []


@ONE_DATABASE
def test_no_transaction_is_open_while_predictions_are_fetched_and_what_changed_since_is_left_out(
    judged: Judged,
) -> None:
    web, images, held = judged.web, judged.images, list[int]()

    class Watched(Store):
        def read(self, digest: str) -> bytes:
            held.append(web.database.kw["bind"].pool.checkedout())
            return super().read(digest)

    web.app.state.store = Watched(judged.sender.settings.home / "store")
    admin = web.browser("Grace", "admin")
    assert admin.post(PAGE).status_code == 303
    web.app.state.store = Watched(judged.sender.settings.home / "store")
    web.person("Ivy", "reader")
    again = admin.post("/evaluations/1/read-again", data={"image_id": [images[0]]})
    assert again.status_code == 303
    for page in ("", "/films", f"/films/{images[0]}"):
        web.app.state.store = Watched(judged.sender.settings.home / "store")
        assert admin.get(f"/evaluations/1{page}").status_code == 200
    assert held == [0] * 5

    with read_only(web.database) as session:
        digest = session.get_one(Evaluation, 1).predictions_digest
        known = predictions_of(web.app.state.store, digest)
        worst = selecting.choose(session, web.settings, known, 1, 20)
    judged.relabel(worst[0].image_id, 1)
    with web.database.begin() as session:
        by = session.scalars(select(User).where(User.role == "admin")).one()
        put = selecting.put(session, 1, worst, by)
    assert put.films == len(worst) - 1
    with web.database.begin() as session:
        list_images(session, "adjudication", images)
        with pytest.raises(errors.Conflict):
            selecting.put(session, 1, worst, by)


@ONE_DATABASE
def test_a_page_asks_once_which_films_may_be_told_of_however_many_are_wrong(
    judged: Judged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worst_errors, "AT_ONCE", 1)
    admin, asked = judged.web.browser("Grace", "admin"), list[str]()
    with judged.web.database.begin() as session:
        list_images(session, "adjudication", judged.images)

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    engine = judged.web.database.kw["bind"]
    event.listen(engine, "before_cursor_execute", note)
    assert "is not known in the PACS" in admin.get("/evaluations/1").text
    event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in asked if "pacs_reference" in each]) == 1


@ONE_DATABASE
def test_films_whose_names_another_key_opens_take_no_place_and_the_page_counts_them(
    judged: Judged, peer: ReportPeer
) -> None:
    web, sender = judged.web, judged.sender
    admin, program = web.browser("Grace", "admin"), web.program("Hal", "outbox", role="admin")
    with web.database.begin() as session:
        worst = session.scalar(select(Image.source_digest).where(Image.id == judged.images[4]))
        of_it = update(PacsReference).where(PacsReference.source_digest == worst)
        session.execute(of_it.values(key_name="another"))
    assert "another key" not in admin.get("/evaluations/1").text, "nobody has used a key yet"
    sender.send(peer.port)
    shown = admin.get("/evaluations/1").text
    assert "1 film is left out: what it is called in the PACS was kept with another key" in shown
    asked = program.post(f"/api/v1{PAGE}", json={"most": 1}).json()
    assert asked == {"films": 1, "selections": 1, "added": 1}, "the next takes its place"
    asked = program.post(f"/api/v1{PAGE}", json={}).json()
    assert (asked["films"], asked["selections"]) == (2, 2), "its study is sent without it"
    before = len(peer.stored)
    sender.send(peer.port)
    assert len(peer.stored) == before + 2
    assert judged.statuses() == ["sent"] * 2
