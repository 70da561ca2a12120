"""The leaderboard, and any two models beside each other."""

from typing import Any

import numpy as np
import pytest
from evaluation.samples import CLASSES, predictions
from sklearn.metrics import roc_auc_score
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.judged_films import judge, read_validation
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app import errors
from app.blindness import is_known_to
from app.db.engine import Database
from app.db.learning import Evaluation, ModelVersion, PseudoLabel, Sweep
from app.db.people import User
from app.evaluation.read_predictions import Key, Predictions
from app.imaging.storage import Store
from app.registry import comparison, rules, standings

IMAGES = 60


@pytest.fixture
def store(tmp_path: Any) -> Store:
    """An empty store."""
    return Store(tmp_path / "store")


def evaluate_twice(session: Session, store: Store, change: int = 0) -> list[int]:
    """Store two evaluations of the same images; return the versions: baseline, final, twice.

    Args:
        change: so many labels were others when the second was made.
    """
    labels, _patients, said = predictions(IMAGES)
    reader = add_readers(session, 1)[0]
    images = read_validation(session, labels.tolist(), reader)
    judge(session, store, images, labels, said)
    later = np.where(np.arange(IMAGES) < change, (labels + 1) % 3, labels)
    _labels, _whose, again = predictions(IMAGES, seed=5)
    judge(session, store, images, later, again)
    return list(session.scalars(select(ModelVersion.id).order_by(ModelVersion.id)))


def test_the_leaderboard_has_the_best_first_and_the_difference_to_the_one_in_use(
    database: Database, store: Store
) -> None:
    with database.begin() as session:
        evaluate_twice(session, store)
        rows = standings.classifiers(session, store)
        used = rules.in_use(session, "classifier")
        waucs = [row.judged.wauc.value for row in rows if row.judged]
        assert len(waucs) == len(rows) == 4
        assert waucs == sorted(waucs, reverse=True)
        (own,) = [row for row in rows if row.in_use]
        assert used is not None
        assert own.version.id == used.id
        assert own.judged is not None
        for row in rows:
            assert row.judged is not None
            assert row.difference == pytest.approx(row.judged.wauc.value - own.judged.wauc.value)


def test_a_difference_is_shown_only_where_both_were_judged_by_the_same_labels(
    database: Database, store: Store
) -> None:
    with database.begin() as session:
        evaluate_twice(session, store, change=1)
        rows = standings.classifiers(session, store)
        used = next(row for row in rows if row.in_use)
        for row in rows:
            assert row.judged is not None
            assert used.judged is not None
            same = row.judged.evaluation_id == used.judged.evaluation_id
            assert (row.difference is not None) == same


def test_two_classifiers_of_different_trainings_are_judged_on_the_images_both_have_predicted(
    database: Database, store: Store
) -> None:
    with database.begin() as session:
        versions = evaluate_twice(session, store, change=2)
        two = comparison.pair(session, versions[1], versions[3])
        found = comparison.of_classifiers(session, store, two)
        assert found is not None
        assert (found.left_out, found.relabelled) == (0, 2)
        labels, _, said = predictions(IMAGES)
        labels = np.where(np.arange(IMAGES) < 2, (labels + 1) % 3, labels)  # the newer ones count
        _, _, again = predictions(IMAGES, seed=5)
        for figures, p in ((found.judgement.baseline, said), (found.judgement.final, again)):
            expected = roc_auc_score(labels, p["final"], multi_class="ovr", average="weighted")
            assert figures.wauc.value == pytest.approx(expected, abs=1e-9)
        low, high = found.judgement.wauc_difference.ci
        assert low < found.judgement.wauc_difference.value < high
        differing = (said["final"].argmax(axis=1) != again["final"].argmax(axis=1)).sum()
        assert found.differing == differing
        turned = comparison.of_classifiers(
            session, store, comparison.pair(session, versions[3], versions[1])
        )
        assert turned is not None
        assert turned.judgement.wauc_difference.value == pytest.approx(
            -found.judgement.wauc_difference.value
        )


def test_images_and_classes_that_only_one_of_them_knows() -> None:
    def known(keys: str, classes: list[str], labels: list[int]) -> Predictions:
        rows = np.eye(len(classes))[labels]
        names = [Key(key, key, "") for key in keys]
        return Predictions(names, classes, np.array(labels), {"final": rows})

    older = known("abc", ["normal", "abnormal"], [0, 1, 0])
    newer = known("bcd", ["normal", "fracture"], [1, 0, 0])
    common, left_out, relabelled = comparison.aligned((older, "final"), (newer, "final"), False)
    assert [key.image for key in common.keys] == ["b", "c"]
    assert common.classes == ["normal", "fracture", "abnormal"]
    assert common.labels.tolist() == [1, 0]
    assert common.probabilities["first"].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert common.probabilities["second"].tolist() == [[0, 1, 0], [1, 0, 0]]
    assert (left_out, relabelled) == (2, 1)


def test_what_cannot_be_compared_is_refused(database: Database, store: Store) -> None:
    with database.begin() as session:
        versions = evaluate_twice(session, store)
        add_sweep(session, add_images(session, 1))
        labeler = rules.versions(session, "labeler")[0].id
        for one, other in ((versions[0], versions[0]), (versions[0], labeler)):
            with pytest.raises(errors.Refused, match="different versions"):
                comparison.pair(session, one, other)
        with pytest.raises(errors.NotFound):
            comparison.pair(session, versions[0], 999)


def test_two_labelers_are_compared_on_the_films_both_have_swept(database: Database) -> None:
    with database.begin() as session:
        classes = add_classes(session)
        images = add_images(session, 6)
        add_sweep(session, images[:5])
        other = add_sweep(session, images[1:])
        surer = update(PseudoLabel).where(PseudoLabel.id.in_(other[:2]))
        session.execute(surer.values(class_id=classes[2], confidence=0.9))
        list_images(session, "seed", images[1:2])
        first, second = (each.id for each in reversed(rules.versions(session, "labeler")))
        found = comparison.of_labelers(session, first, second)
        assert found is not None
        assert found.classes == CLASSES
        assert found.table == [[0, 0, 0], [0, 2, 2], [0, 0, 0]]
        assert (found.agree, found.films) == (2, 4)
        # What is read blind is not shown.
        assert [film.image_id for film in found.differ] == images[2:3]
        assert comparison.of_labelers(session, first, 999) is None


def test_a_labeler_stands_by_its_calibration_reads(database: Database) -> None:
    with database.begin() as session:
        add_classes(session)
        add_sweep(session, add_images(session, 2))
        figures = {"calibration_reads": 120, "calibration_wrong": 6}
        session.execute(
            update(Sweep).values(selection=figures | {"accepted": 3, "needs_review": 1})
        )
        (row,) = standings.labelers(session)
        assert row.in_use
        assert row.wrong is not None
        assert (row.wrong.value, row.wrong.n, row.accepted) == (0.05, 120, 0.75)


def test_the_pages_compare_and_note_whose_labels_were_seen(web: Web) -> None:
    store = Store(web.settings.home / "store")
    with web.database.begin() as session:
        versions = evaluate_twice(session, store)
    admin = web.browser("Admin", "admin")
    assert "/models/compare?a=4&amp;b=2" in admin.get("/models").text
    page = admin.get(f"/models/compare?a={versions[1]}&b={versions[3]}").text
    assert page.count('class="curve') == 6
    assert "both have predicted" in page
    assert admin.get("/models/compare").status_code == 200
    assert admin.get(f"/models/compare?a={versions[1]}&b={versions[1]}").status_code == 422
    with web.database() as session:
        person = session.scalars(select(User).where(User.name == "Admin")).one()
        shown = comparison.of_classifiers(
            session, store, comparison.pair(session, versions[1], versions[3])
        )
        assert shown is not None
        assert all(
            session.scalar(select(is_known_to(person.id, film.image_id))) for film in shown.differ
        )
    with web.database.begin() as session:
        session.execute(update(Evaluation).values(predictions_digest="0" * 64))
    assert admin.get("/models").status_code == 200
    assert admin.get("/models/compare").status_code == 404
