"""A diverse seed set: chosen patients to learn from, calibration patients still drawn at random."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.audit_log import events_of
from support.worklist_rows import add_images

from app.db.archive import Image, Patient
from app.db.learning import Run
from app.db.reading import WorklistItem
from app.errors import Refused
from app.worklists import diverse_seeds
from app.worklists.diverse_seeds import list_diverse_seed, plan_diverse_seed
from app.worklists.seeds import draw_seed_set


def listed(session: Session, worklist: str = "seed") -> list[tuple[str, bool]]:
    """The patient of each item, and whether it calibrates, in order."""
    rows = session.execute(
        select(Patient.key, WorklistItem.calibration)
        .join(Image, Image.patient_id == Patient.id)
        .join(WorklistItem, WorklistItem.image_id == Image.id)
        .where(WorklistItem.worklist == worklist)
        .order_by(WorklistItem.position)
    )
    return [(key, calibration) for key, calibration in rows]


def run(session: Session) -> int:
    """A run that draws."""
    drawing = Run(kind="draw_seed", status="succeeded")
    session.add(drawing)
    session.flush()
    return drawing.id


def calibrating(session: Session) -> list[str]:
    return [key for key, calibration in listed(session) if calibration]


def test_three_in_five_are_chosen_and_two_in_five_are_drawn_from_the_others(
    session: Session,
) -> None:
    add_images(session, 60, per_patient=2)
    add_images(session, 6, split="validation", name="v")
    plan = plan_diverse_seed(session, 10, rng=0)
    assert (len(plan.candidates), plan.training, plan.calibration) == (30, 6, 4)
    chosen = plan.candidates[:6]
    assert list_diverse_seed(session, run(session), chosen, plan.calibration, 0, None) == 20
    kept_out = calibrating(session)
    assert len(kept_out) == len(set(kept_out)) == 4
    assert not set(kept_out) & set(chosen)
    assert {key for key, _ in listed(session)} == {*chosen, *kept_out}
    assert len(listed(session, "validation")) == 6


def test_every_patient_not_chosen_may_become_a_calibration_patient(session: Session) -> None:
    """Drawn from the candidates alone, or from what a reader has not seen, it would be biased."""
    add_images(session, 12)
    keys = plan_diverse_seed(session, 12, rng=0).candidates
    drawn = set[str]()
    for rng in range(60):
        with session.begin_nested() as attempt:
            list_diverse_seed(session, run(session), keys[:4], 3, rng, None)
            drawn |= set(calibrating(session))
            attempt.rollback()
    assert drawn == set(keys[4:])


def test_the_chosen_and_the_drawn_are_mixed(session: Session) -> None:
    add_images(session, 200)
    keys = plan_diverse_seed(session, 100, rng=0).candidates
    list_diverse_seed(session, run(session), keys[:60], 40, 0, None)
    first = [calibration for _, calibration in listed(session)[:50]]
    assert 10 < sum(first) < 30


def test_a_run_that_asks_again_changes_nothing(session: Session) -> None:
    add_images(session, 30)
    keys = plan_diverse_seed(session, 10, rng=0).candidates
    drawing = run(session)
    assert list_diverse_seed(session, drawing, keys[:6], 4, 0, None) == 10
    before = listed(session)
    assert len(events_of(session)) == 1
    assert list_diverse_seed(session, drawing, keys[:6], 4, 0, None) == 10
    assert listed(session) == before
    assert len(events_of(session)) == 1


def test_patients_listed_meanwhile_are_passed_over(session: Session) -> None:
    add_images(session, 30)
    plan = plan_diverse_seed(session, 20, rng=0)
    draw_seed_set(session, 15, rng=0)
    before = listed(session)
    list_diverse_seed(session, run(session), plan.candidates[:12], plan.calibration, 0, None)
    after = [key for key, _ in listed(session)]
    assert after[:15] == [key for key, _ in before]
    assert len(after) == len(set(after))


def test_where_all_chosen_were_listed_meanwhile_nobody_waits_for_a_list_that_never_comes(
    session: Session,
) -> None:
    add_images(session, 10)
    plan = plan_diverse_seed(session, 10, rng=0)
    draw_seed_set(session, 10, rng=0)
    with pytest.raises(Refused, match="in the meantime"):
        list_diverse_seed(session, run(session), plan.candidates[:6], plan.calibration, 0, None)


def test_calibration_stops_at_120_patients_over_both_kinds_of_draw(session: Session) -> None:
    add_images(session, 400)
    draw_seed_set(session, 200, rng=0)
    plan = plan_diverse_seed(session, 200, rng=0)
    assert (plan.training, plan.calibration) == (160, 40)
    list_diverse_seed(session, run(session), plan.candidates[:160], plan.calibration, 0, None)
    assert len(calibrating(session)) == 120


def test_of_a_large_archive_a_random_part_is_compared(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diverse_seeds, "COMPARED", 20)
    add_images(session, 60)
    assert len(plan_diverse_seed(session, 5, rng=0).candidates) == 20
    assert len(plan_diverse_seed(session, 30, rng=0).candidates) == 36
    some, others = (set(plan_diverse_seed(session, 5, rng).candidates) for rng in (1, 2))
    assert some != others


def test_more_than_there_are_is_refused(session: Session) -> None:
    add_images(session, 5)
    with pytest.raises(Refused, match="5 development patients"):
        plan_diverse_seed(session, 6, rng=0)
