"""Workers on machines that share no folder: what one has made the others find in the bucket."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.archive import Rendition
from app.db.engine import Database
from app.db.learning import ModelVersion, PseudoLabel, Run
from app.imaging.stores import open_store
from app.settings import Settings

Perform = Callable[..., Run]


@pytest.fixture
def settings(tmp_path: Path, bucket: str) -> Settings:
    """Settings of a first machine whose store is a bucket."""
    return Settings(home=tmp_path / "home", store_url=bucket)


def test_one_imports_another_trains_a_third_sweeps_and_a_bucket_that_is_gone_fails_in_words(
    database: Database, settings: Settings, labelled: int, perform: Perform, tmp_path: Path
) -> None:
    def on(machine: str, kind: str, **parameters: object) -> Run:
        settings.home = tmp_path / machine
        settings.home.mkdir(exist_ok=True)
        run = perform(kind, **parameters)
        assert run.status == "succeeded", run.failure
        return run

    with database() as session:
        digests = session.scalars(select(Rendition.digest)).all()
    assert not (settings.home / "store").exists()
    assert set(digests) <= set(open_store(settings).digests())
    on("second", "train_labeler", method="image")
    on("third", "sweep", tolerated_error=0.2)
    with database() as session:
        labels = session.scalar(select(func.count(PseudoLabel.id)))
        folder = session.scalars(select(ModelVersion.folder)).one()
    assert labels
    learned = tmp_path / "second" / folder, tmp_path / "third" / folder
    first, second = ({path.name: path.read_bytes() for path in each.iterdir()} for each in learned)
    assert first == second

    settings.home = tmp_path / "fourth"
    refused = perform("import", paths=[str(tmp_path)])
    assert refused.failure is not None
    assert "another key of the pseudonyms" in refused.failure["what"]
    (settings.home / "pseudonym.key").write_text((tmp_path / "home/pseudonym.key").read_text())
    assert "key" not in str(perform("import", paths=[str(tmp_path / "nothing")]).failure)

    settings.store_url = "s3://no-such-bucket"
    failed = perform("train_labeler", method="image")
    assert (failed.status, failed.result) == ("failed", {})
    assert failed.failure is not None
    assert "There is no such bucket" in failed.failure["what"]
    assert failed.failure["where"] == "s3://no-such-bucket"
