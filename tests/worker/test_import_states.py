"""Random deliveries of several practices in any order: nobody is merged, nothing is lost.

Each practice numbers its patients, studies and images from 1. The oracle knows whose each picture
is, because it drew it; the import sees only ids, sites and manifests.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from support.import_runs import picture, run_import

from app.db.archive import Image, Patient, PatientIdentity, QuarantinedFile, Report, Study
from app.db.engine import open_database
from app.imaging.decoding import Decoder
from app.imports.decoded import DecodedFile
from app.imports.files import digest_of
from app.settings import Settings
from worker import import_files
from worker.decode_files import FileDecoder
from worker.outcomes import Cancelled

SITES = {"a": "Rome", "b": "Oslo", "c": "", "d": ""}
practices = st.sampled_from(sorted(SITES))
films = st.sets(st.tuples(st.integers(1, 2), st.integers(1, 2)), min_size=1)
"""(number of the patient, number of the film) of one practice."""
deliveries = st.dictionaries(practices, films, min_size=1, max_size=2)
Owner = tuple[str, int]


@pytest.fixture
def decoder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One decoding process for all imports: starting it takes longer than they do."""
    settings.home.mkdir(exist_ok=True)
    monkeypatch.setattr(import_files, "BATCH", 2)  # and two files of each part
    with Decoder(settings) as kept:
        monkeypatch.setattr(import_files, "warm_decoder", lambda _: nullcontext(kept))
        yield


def test_random_deliveries_merge_nobody_and_lose_nothing(
    decoder: None, migrated_sqlite: Path, tmp_path: Path
) -> None:
    class Here(Deliveries):
        empty = migrated_sqlite
        root = tmp_path

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12,
            stateful_step_count=7,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class Deliveries(RuleBasedStateMachine):
    """Manifests come alone or two in a folder, again, interrupted, and with other reports."""

    empty: Path
    root: Path

    @initialize()
    def begin(self) -> None:
        self.top = self.root / "machine"
        shutil.rmtree(self.top, ignore_errors=True)
        home = self.top / "home"
        home.mkdir(parents=True)
        shutil.copy(self.empty, home / "condyle.sqlite3")
        self.settings = Settings(home=home)
        self.database = open_database(self.settings.resolved_database_url)
        self.owner: dict[str, Owner] = {}
        self.said: dict[Owner, list[str]] = defaultdict(list)
        self.listed = 0

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.kw["bind"].dispose()

    @rule(delivered=deliveries, version=st.integers(1, 3))
    def deliver(self, delivered: dict[str, set[tuple[int, int]]], version: int) -> None:
        self._write(delivered, version)
        self._import()

    @rule(delivered=deliveries, version=st.integers(1, 3), stop=st.integers(0, 2))
    def interrupt(
        self, delivered: dict[str, set[tuple[int, int]]], version: int, stop: int
    ) -> None:
        self._write(delivered, version)
        left = [stop]
        decode = FileDecoder.decoded

        def decode_some(decoder: Any, batch: Any) -> list[DecodedFile]:
            if left[0] == 0:
                raise Cancelled
            left[0] -= 1
            return decode(decoder, batch)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(FileDecoder, "decoded", decode_some)
            run_import(self.database, self.settings, paths=[self.top / "in"])
        self._import()

    @precondition(lambda self: self.listed)
    @rule()
    def repeat(self) -> None:
        before = self._rows()
        self._import()
        assert self._rows() == before

    @rule(practice=st.sampled_from(["a", "b"]), person=st.integers(1, 3), version=st.integers(1, 4))
    def report(self, practice: str, person: int, version: int) -> None:
        """A table of reports names the study within its site; there is no patient 3."""
        text = f"{practice}{person} v{version}"
        table = self.top / "reports.csv"
        table.write_text(f"study_id,site,report\n{person},{SITES[practice]},{text}\n")
        run = run_import(self.database, self.settings, paths=[], reports=table)
        there = (practice, person) in self._people()
        assert run.result.get("reports_unmatched", 0) == (not there)
        if there:
            self._hear((practice, person), text)

    @invariant()
    def nobody_is_merged_or_split(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database() as session:
            rows = session.execute(select(Image.patient_id, Image.source_digest)).all()
        owners, patients = defaultdict(set), defaultdict(set)
        for patient, digest in rows:
            owners[patient].add(self.owner[digest])
            patients[self.owner[digest]].add(patient)
        assert all(len(each) == 1 for each in owners.values())
        assert all(len(each) == 1 for each in patients.values())

    @invariant()
    def every_film_is_there_or_put_aside(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database() as session:
            there = set(session.scalars(select(Image.source_digest)))
            aside = set(session.scalars(select(QuarantinedFile.digest)))
        assert set(self.owner) <= there | aside
        assert not there & aside

    @invariant()
    def every_study_has_its_own_newest_report(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database() as session:
            rows = session.execute(
                select(Image.source_digest, Study.id, Study.report, Study.report_version).join(
                    Study, Study.id == Image.study_id
                )
            ).all()
            for digest, study, text, version in rows:
                said = self.said[self.owner[digest]]
                kept = session.scalars(
                    select(Report.text).where(Report.study_id == study).order_by(Report.version)
                ).all()
                assert kept == said
                assert (text, version) == (said[-1], len(said))

    def _write(self, delivered: dict[str, set[tuple[int, int]]], version: int) -> None:
        shutil.rmtree(self.top / "in", ignore_errors=True)
        self.told: dict[Owner, str] = {}
        self.listed = 0
        for practice, chosen in delivered.items():
            folder = self.top / "in" / practice
            lines = ["file,patient_id,study_id,image_id,site,report"]
            for person, number in sorted(chosen):
                seed = 100 * ord(practice) + 10 * person + number
                file = picture(folder / f"{person}-{number}.png", seed, size=16)
                self.owner[digest_of(file)] = practice, person
                self.told[practice, person] = text = f"{practice}{person} v{version}"
                ids = f"{person},{person},{person}{number},{SITES[practice]}"
                lines.append(f"{file.name},{ids},{text}")
            (folder / "manifest.csv").write_text("\n".join(lines))
            self.listed += len(chosen)

    def _import(self) -> None:
        run = run_import(self.database, self.settings, paths=[self.top / "in"])
        assert run.status == "succeeded", run.failure
        fates = [run.result[name] for name in ("imported", "already_there", "quarantined")]
        assert min(fates) >= 0
        assert sum(fates) == self.listed
        for owner in self._people() & self.told.keys():
            if self._came(owner):
                self._hear(owner, self.told[owner])

    def _came(self, owner: Owner) -> bool:
        """Whether any film of a person in the last delivery is registered."""
        names = self.top / "in" / owner[0]
        digests = [digest_of(path) for path in names.glob(f"{owner[1]}-*.png")]
        with self.database() as session:
            found = select(func.count(Image.id)).where(Image.source_digest.in_(digests))
            return bool(session.scalar(found))

    def _hear(self, owner: Owner, text: str) -> None:
        if text not in self.said[owner]:
            self.said[owner].append(text)

    def _people(self) -> set[Owner]:
        with self.database() as session:
            return {self.owner[digest] for digest in session.scalars(select(Image.source_digest))}

    def _rows(self) -> list[int]:
        tables = (Patient, PatientIdentity, Study, Image, Report, QuarantinedFile)
        with self.database() as session:
            return [
                session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
            ]
