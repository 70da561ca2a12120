"""Model versions: one promoted per group, and the way back."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.web import Web

from app import errors
from app.db.engine import Database, open_database
from app.db.learning import ModelVersion, Run
from app.db.people import User
from app.registry import rules
from app.registry.routes import weights


def version(session: Session, role: str, doubtful: str = "") -> int:
    """Register a version and return its id."""
    run = Run(kind="train_labeler", status="succeeded")
    session.add(run)
    session.flush()
    made = ModelVersion(
        role=role,
        method="image",
        run_id=run.id,
        folder="checkpoints/x",
        digest="a" * 64,
        recipe={"network": "resnet18", "seed": 0},
        metrics={"log_loss": 0.25, "weights": "ImageNet"},
        training_digest="b" * 64,
        doubtful=doubtful,
    )
    session.add(made)
    session.flush()
    return made.id


@pytest.fixture(scope="module")
def histories(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A database for many small histories, each rolled back."""
    path = tmp_path_factory.mktemp("registry") / "condyle.sqlite3"
    shutil.copy(migrated_sqlite, path)
    return open_database(f"sqlite:///{path}")


def promoted(session: Session, group: str) -> int | None:
    """Return the id of a group's promoted version."""
    now = rules.promoted(session, group)
    return now.id if now else None


def test_promoting_one_classifier_takes_the_promotion_from_the_other(database: Database) -> None:
    with database.begin() as session:
        labeler = version(session, "labeler")
        baseline, final = version(session, "baseline"), version(session, "final")
        for each in (labeler, baseline, final):
            rules.promote(session, each, None)
        assert promoted(session, "labeler") == labeler
        assert promoted(session, "classifier") == final


def test_a_roll_back_returns_to_the_version_before_and_then_to_none(database: Database) -> None:
    with database.begin() as session:
        first, second = version(session, "labeler"), version(session, "labeler")
        rules.promote(session, first, None)
        rules.promote(session, second, None)
        rules.roll_back(session, "labeler", None)
        assert promoted(session, "labeler") == first
        rules.roll_back(session, "labeler", None)
        assert promoted(session, "labeler") is None
        with pytest.raises(errors.Conflict):
            rules.roll_back(session, "labeler", None)


def test_a_promotion_says_why_and_by_whom_and_a_roll_back_too(database: Database) -> None:
    with database.begin() as session:
        first, second = version(session, "final"), version(session, "final")
        ada, ben = (User(name=name, role="admin") for name in ("Ada", "Ben"))
        session.add_all([ada, ben])
        session.flush()
        rules.promote(session, first, ada, "the first")
        rules.promote(session, second, ada, "better by 0.04")
        rules.roll_back(session, "classifier", ben, "wrong on lateral films")
        latest, earlier = rules.promotions(session)
        assert (latest.promotion.reason, latest.by, latest.undone_by) == (
            "better by 0.04",
            "Ada",
            "Ben",
        )
        assert latest.promotion.undone_reason == "wrong on lateral films"
        assert latest.promotion.replaced_id == first
        assert (earlier.promotion.undone_at, earlier.undone_by) == (None, None)


def test_a_version_that_was_rolled_back_and_promoted_again_goes_back_to_what_it_replaced_last(
    database: Database,
) -> None:
    with database.begin() as session:
        first, second, third = (version(session, "labeler") for _ in range(3))
        for each in (first, second):
            rules.promote(session, each, None)
        rules.roll_back(session, "labeler", None)
        for each in (third, second):
            rules.promote(session, each, None)
        before = rules.before(session, "labeler")
        assert before is not None
        assert before.id == third
        rules.roll_back(session, "labeler", None)
        assert promoted(session, "labeler") == third


@settings(max_examples=25)
@given(steps=st.lists(st.one_of(st.integers(0, 3), st.just("back")), max_size=12))
def test_whatever_is_promoted_and_rolled_back_at_most_one_has_the_promotion(
    steps: list[int | str], histories: Database
) -> None:
    session = histories()
    try:
        made = [version(session, "final") for _ in range(4)]
        for step in steps:
            before = promoted(session, "classifier")
            try:
                if step == "back":
                    rules.roll_back(session, "classifier", None)
                else:
                    rules.promote(session, made[int(step)], None)
                    assert promoted(session, "classifier") == made[int(step)]
            except errors.Conflict:
                assert before is None or before in made
            marked = select(func.count()).where(ModelVersion.promoted_at.is_not(None))
            assert (session.scalar(marked) or 0) <= 1
    finally:
        session.rollback()
        session.close()


def test_a_doubtful_version_is_not_promoted(database: Database) -> None:
    with database.begin() as session:
        doubtful = version(session, "final", doubtful="Lot 3 failed its audit.")
        with pytest.raises(errors.Conflict):
            rules.promote(session, doubtful, None)


def test_without_a_promotion_the_newest_does_the_work(database: Database) -> None:
    with database.begin() as session:
        assert rules.in_use(session, "classifier") is None
        version(session, "final")
        newest = version(session, "final")
        version(session, "baseline")
        used = rules.in_use(session, "classifier")
        assert used is not None
        assert used.id == newest


@pytest.mark.parametrize(
    ("encoder", "shown"),
    [
        ("", "word counts of the report"),
        ("dmis-lab/biobert-v1.1", "the text encoder dmis-lab/biobert-v1.1"),
        ("/srv/encoders/radbert", "the text encoder radbert"),
    ],
)
def test_a_text_labeler_names_what_it_reads_by(encoder: str, shown: str) -> None:
    recipe = {"text_encoder": encoder}
    assert weights(ModelVersion(method="text", recipe=recipe, metrics={})) == shown


def test_a_text_labeler_names_an_encoder_that_was_adapted() -> None:
    recipe = {"text_encoder": "/srv/condyle/checkpoints/7-encoder"}
    metrics = {"encoder": "radbert, adapted to 5,120 reports"}
    shown = weights(ModelVersion(method="text", recipe=recipe, metrics=metrics))
    assert shown == "the text encoder radbert, adapted to 5,120 reports"


def test_the_page_shows_figures_weights_and_doubt_and_promotes(web: Web) -> None:
    with web.database.begin() as session:
        good = version(session, "labeler")
        version(session, "final", doubtful="Lot 3 failed its audit.")
    admin = web.browser("Admin", "admin")
    page = admin.get("/models").text
    for text in ("log loss", "0.250", "ImageNet", "Lot 3 failed its audit.", "in use"):
        assert text in page
    assert "A promotion needs a reason" in admin.post(f"/models/{good}/promote").text
    because = {"reason": "It reads addenda."}
    assert admin.post(f"/models/{good}/promote", data=because).status_code == 303
    assert "It reads addenda." in admin.get("/models").text
    assert admin.get("/api/v1/models").json()[0]["promoted_at"] is not None
    assert admin.post(f"/api/v1/models/{good}/promote").status_code == 409
    assert admin.post("/models/labeler/roll-back", data=because).status_code == 303
    assert admin.post("/models/labeler/roll-back", data=because).status_code == 409
    assert admin.post("/models/oracle/roll-back", data=because).status_code == 404
