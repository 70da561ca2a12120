"""What the pictures show and a demo lacks: films that are held, films that arrived, reads."""

from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import select, update
from staging_months import stage_months

from app.accounts import tokens
from app.announcing import LOT_RELEASED, RUN_ENDED, announce
from app.db.archive import Image as Film
from app.db.archive import Rendition
from app.db.arrivals import ArrivedFilm
from app.db.engine import Database
from app.db.learning import Run
from app.db.people import User
from app.db.privacy import HeldFilm
from app.db.pulls import Pull
from app.db.reading import ReferenceLabel
from app.db.tables import now
from app.db.webhooks import Delivery, Webhook
from app.db.write_back import OutgoingReport
from app.imports.arrival import NewRendition
from app.labels.classes import classes
from app.labels.decisions import Decision, Hold
from app.labels.findings import Remarks
from app.labels.measurements import Measurement
from app.practice import films as practice
from app.reading.rules import annotate
from app.receiving import on_arrival, tallies
from app.receiving.tallies import Sender
from app.runs.kinds import PULL, TRY_PACS
from app.runs.pull_parameters import PullParameters
from app.runs.results import PullResult, TrialStep, TryPacsResult
from app.worklists.items import lease_next, remaining
from app.worklists.seeds import draw_seed_set

MORE_PATIENTS = 20
READS = 6
PRACTICE_FILMS = 3
"""Of each class."""
REMARKS = Remarks(
    note="Axis?",
    measurements=[Measurement(kind="angle", points=[(250, 60), (262, 300), (240, 560)])],
)


def stage_a_round(database: Database) -> None:
    """Add to a played demo what its pages of a round lack; twice is the same as once."""
    _set_practice(database)
    _hold_films(database)
    _receive_films(database)
    _try_the_pacs(database)
    _tell_a_webhook(database)
    _fill_the_outbox(database)
    stage_months(database)


def stage_reading(database: Database) -> None:
    """Draw more seed patients and read a few: the demo's reader leaves no seed film unread."""
    with database.begin() as session:
        if remaining(session, "seed") == 0:
            draw_seed_set(session, MORE_PATIENTS, rng=1)
        reader = session.scalars(select(User.id).where(User.name == "reader")).one()
        known = [each.id for each in classes(session)]
        for number in range(READS):
            image = lease_next(session, reader, "seed", 60, now())
            if image is None:
                break
            said = Decision(known[number % len(known)], f"picture {image}", now(), 5_200, REMARKS)
            annotate(session, Hold(reader, image, "seed"), said)


def _set_practice(database: Database) -> None:
    """Draw films to practise on: the demo has no practice set."""
    with database.begin() as session:
        admin = session.scalars(select(User).where(User.name == "admin")).one()
        if not practice.chosen(session):
            practice.draw(session, PRACTICE_FILMS, 1, admin)


def _hold_films(database: Database) -> None:
    """Hold films like two that are there: the demo has none that may show a name. Make a token."""
    with database.begin() as session:
        person = session.scalars(select(User).where(User.name == "reader")).one()
        if not tokens.existing(session, person.id):
            tokens.make(session, person, tokens.Wanted("my reads", ["films", "reading"], 90))
        run = session.scalars(select(Run.id).where(Run.kind == "import")).first()
        for number, image in enumerate(session.scalars(select(Film).limit(2))):
            files = session.scalars(select(Rendition).where(Rendition.image_id == image.id))
            renditions = [
                {field.name: getattr(one, field.name) for field in fields(NewRendition)}
                for one in files
            ]
            film = HeldFilm(
                run_id=run,
                source_digest=f"picture {number}",
                reasons=[["text"], ["burned_in"]][number],
                places=[[[0.11, 0.965, 0.13, 0.03]], []][number],
                arrivals=[{"region": None, "renditions": renditions}],
            )
            if not session.scalar(
                select(HeldFilm.id).where(HeldFilm.source_digest == film.source_digest)
            ):
                session.add(film)


def _receive_films(database: Database) -> None:
    """Let films wait that a PACS would have sent, one of them put aside."""
    with database.begin() as session:
        if session.scalar(select(ArrivedFilm.id).limit(1)):
            return
        admin = session.scalars(select(User.id).where(User.name == "admin")).one()
        on_arrival.choose(session, on_arrival.Chosen(True, 0.05), admin)
        for number in range(12):
            session.add(
                ArrivedFilm(
                    uid=f"picture {number}",
                    digest=f"picture {number}",
                    size=9_400_000,
                    calling="PACS1",
                    address="10.0.0.5",
                    put_aside=number == 7,
                )
            )
        senders = [Sender("PACS1", "CONDYLE", "10.0.0.5"), Sender("CT2", "CONDYLE", "10.0.0.9")]
        for sender, what, often in ((0, "stored", 11), (0, "put_aside", 1), (1, "calling", 3)):
            for _ in range(often):
                tallies.count(session, senders[sender], what)


def _try_the_pacs(database: Database) -> None:
    """Have a PACS be tried that cuts long lists, films be fetched from it, and more be counted."""
    steps: tuple[tuple[str, str, dict[str, int | str]], ...] = (
        ("search", "answers", {}),
        ("metadata", "tells", {"objects": 3, "films": 2}),
        ("film", "came", {"kib": 8412, "syntax": "1.2.840.10008.1.2.4.90"}),
        ("StudyDate", "honoured", {}),
        ("ModalitiesInStudy", "honoured", {}),
        ("BodyPartExamined", "empty", {}),
        ("StudyDescription", "honoured", {}),
        ("limit", "hidden", {"most": 101}),
    )
    counts = {"listed": 1288, "not_asked": 14, "looked_through": 1284, "two_patients": 3}
    counts |= {"study_gone": 1, "received": 2391, "here": 60, "not_film": 412, "no_body_part": 37}
    counts |= {"other_body_part": 208, "film_gone": 2, "film_failed": 1}
    with database.begin() as session:
        if session.scalar(select(Run.id).where(Run.kind == TRY_PACS.name).limit(1)):
            return
        found = [
            TrialStep(step=step, verdict=verdict, values=more) for step, verdict, more in steps
        ]
        row = {"status": "succeeded", "result": TryPacsResult(steps=found).stored()}
        session.add(Run(kind=TRY_PACS.name, started_at=now(), finished_at=now(), **row))
        asked = PullParameters(body_part="KNEE", since=date(2024, 1, 1)).model_dump(mode="json")
        done = {"status": "succeeded", "started_at": now(), "finished_at": now()}
        for count_only in (False, True):
            run = Run(
                kind=PULL.name,
                parameters=asked | {"count_only": count_only},
                result=PullResult(count_only=count_only, at_most=True, studies=1288).stored(),
                **done,
            )
            session.add(run)
            session.flush()
            session.add(Pull(run_id=run.id, counts={"listed": 1431} if count_only else counts))


def _tell_a_webhook(database: Database) -> None:
    """Tell a webhook that does not exist of a few things: two taken, one that waits."""
    with database.begin() as session:
        if session.scalar(select(Webhook.id).limit(1)):
            return
        topics = [RUN_ENDED, LOT_RELEASED]
        session.add(
            Webhook(address="https://ris.hospital.example/condyle", topics=topics, secret="")
        )
        session.flush()
        announce(session, RUN_ENDED, run=4, kind="sweep", status="succeeded")
        announce(session, LOT_RELEASED, lot=1, sweep=1)
        announce(session, RUN_ENDED, run=6, kind="train_classifier", status="succeeded")
        session.flush()
        taken = {"status": "delivered", "attempts": 1, "answer_status": 204, "ended_at": now()}
        last = {"attempts": 2, "answer_status": 503, "answer": "Service Unavailable"}
        session.execute(update(Delivery).values(taken))
        session.execute(
            update(Delivery).where(Delivery.id == 3).values(status="waiting", ended_at=None, **last)
        )


def _fill_the_outbox(database: Database) -> None:
    """Put reports of the demo's decisions into the outbox: sent, waiting, refused, given up."""
    to = "PACS1@10.0.0.5:104"
    stored = {"status": "sent", "attempts": 1, "answer_status": 0, "may_be_there": True}
    tried: tuple[dict[str, Any], ...] = (
        {"status": "given_up", "attempts": 8, "fault": "no_connection"},
        {"status": "refused", "attempts": 1, "answer_status": 0xC001},
        {"status": "waiting", "attempts": 2, "answer_status": 0xA700},
        *([stored] * 7),
    )
    with database.begin() as session:
        if session.scalar(select(OutgoingReport.id).limit(1)):
            return
        labels = session.scalars(select(ReferenceLabel).order_by(ReferenceLabel.image_id))
        for label, became in zip(labels, reversed(tried), strict=False):
            known = {"image_id": label.image_id, "decided_at": label.at, "number": 1}
            session.add(OutgoingReport(**known, **became, destination=to, tried_at=now()))
