"""A sweep keeps what its pseudo-labels rest on, and an interrupted one goes on where it was."""

from datetime import timedelta

import cv2
import numpy as np
import pytest
from sqlalchemy import select, update

from app.db.archive import Image, Study
from app.db.learning import PseudoLabel, Run
from app.db.tables import now
from app.imaging.storage import Store
from worker import evidence, main, progress


def test_words_and_places_are_kept_also_over_a_kill(
    database, settings, labelled, perform, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert perform("train_labeler", method="fused").status == "succeeded"
    monkeypatch.setattr(evidence, "AT_ONCE", 7)
    draw = evidence.Labeler.attention
    times = []

    def die_at_the_second(*asked):
        times.append(1)
        if len(times) == 2:
            raise KeyboardInterrupt
        return draw(*asked)

    monkeypatch.setattr(evidence.Labeler, "attention", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        perform("sweep")
    with database() as session:
        drawn = session.scalars(
            select(PseudoLabel.id).where(PseudoLabel.attention_digest.is_not(None))
        ).all()
    assert 0 < len(drawn) <= 7
    resume(database, settings)
    with database() as session:
        rows = session.execute(
            select(PseudoLabel, Study.report)
            .join(Image, Image.id == PseudoLabel.image_id)
            .join(Study, Study.id == Image.study_id)
            .where(PseudoLabel.status == "needs_review")
        ).all()
    assert rows
    store = Store(settings.home / "store")
    said = set()
    drawn = [label for label, _ in rows if label.attention_digest]
    assert len(drawn) > len(rows) / 2, "a network may see a class nowhere, but not in most films"
    for label in drawn:
        picture = cv2.imdecode(
            np.frombuffer(store.read(label.attention_digest), np.uint8), cv2.IMREAD_UNCHANGED
        )
        assert (picture.shape, picture.dtype) == ((96, 96), np.uint8)
    for label, report in rows:
        said |= {report[start:end].lower() for start, end, _ in label.words["marks"]}
    assert any("osteophytes" in each or "replacement" in each for each in said)


def resume(database, settings) -> None:
    """Carry the run on as the next worker would, once the dead one's lease has run out."""
    with database.begin() as session:
        run_id = session.scalar(select(Run.id).where(Run.kind == "sweep"))
        session.execute(
            update(Run).where(Run.id == run_id).values(lease_expires_at=now() - timedelta(hours=1))
        )
    progress.execute(database, settings, run_id, main.KINDS)
    with database.begin() as session:
        run = session.get(Run, run_id)
        assert run.status == "succeeded", run.failure
