"""A sweep counts the reports it could not read, and accepts nothing that rests on none."""

from sqlalchemy import func, select, update
from support.databases import ON_BOTH

from app.db.archive import Image, Study
from app.db.learning import PseudoLabel
from app.training import rules as training

DUTCH = "Gevorderde gonartrose met fors gewrichtsspleetverlies en grote randstandige aangroeisels."


@ON_BOTH
def test_reports_of_another_language_are_counted_and_go_to_review(
    database, labelled, perform
) -> None:
    assert perform("train_labeler", method="text").status == "succeeded"
    with database.begin() as session:
        waiting = [
            film.image_id for film in training.for_sweep(session, 0, 0, 2**31 - 1, limit=100)
        ]
        foreign = session.scalars(
            select(Image.study_id).where(Image.id.in_(waiting)).distinct().limit(9)
        ).all()
        session.execute(update(Study).where(Study.id.in_(foreign)).values(report=DUTCH))
        images = set(session.scalars(select(Image.id).where(Image.study_id.in_(foreign))))
    swept = perform("sweep", tolerated_error=0.4)
    assert swept.status == "succeeded", swept.failure
    assert swept.result["not_read"] == len(images) > 0
    with database() as session:
        guessed = session.scalars(select(PseudoLabel).where(PseudoLabel.guessed)).all()
        assert {label.image_id for label in guessed} == images
        assert {label.not_read for label in guessed} == {"unknown words"}
        assert {label.status for label in guessed} == {"needs_review"}
        assert {label.words for label in guessed} == {None}
        assert len({tuple(label.probabilities) for label in guessed}) == 1
        accepted = PseudoLabel.status == "accepted", PseudoLabel.guessed.is_(False)
        assert session.scalar(select(func.count()).where(*accepted))
        read = session.scalars(select(PseudoLabel).where(PseudoLabel.words.is_not(None))).first()
        assert set(read.words) == {"class_id", "marks", "denied", "left_open", "left_out"}
