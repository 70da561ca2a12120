"""A model is what its record says: trained again from the same, it is the same to the last bit."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.db.engine import Database
from app.db.learning import ModelVersion, Run
from app.db.reading import ReferenceLabel

Perform = Callable[..., Run]
RECORD = "role", "method", "recipe", "training_digest"


def trained(database: Database, perform: Perform, **parameters: Any) -> tuple[str, list[Any]]:
    """Train a labeler; return the checkpoint's digest, and what the record says it came from."""
    run = perform("train_labeler", **parameters)
    assert run.status == "succeeded", run.failure
    with database() as session:
        newest = select(ModelVersion).order_by(ModelVersion.id.desc()).limit(1)
        version = session.scalars(newest).one()
        return version.digest, [getattr(version, name) for name in RECORD]


def test_a_labeler_trained_from_the_same_record_has_the_same_weights(
    database: Database, labelled: int, perform: Perform
) -> None:
    first, record = trained(database, perform, method="fused")
    again, same = trained(database, perform, method="fused")
    assert same == record
    assert again == first

    other, differs = trained(database, perform, method="fused", rng=1)
    assert differs != record
    assert other != first

    with database.begin() as session:
        label = session.scalars(select(ReferenceLabel).limit(1)).one()
        session.delete(label)
    fewer, learned = trained(database, perform, method="fused")
    assert learned[-1] != record[-1], "it has learned from fewer films"
    assert fewer != first
