"""What people decided goes into DICOM structured reports, once, and a later one replaces it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support.structured_reports import statements
from support.worklist_rows import list_images
from write_back.conftest import Practice, reference

from app import errors
from app.archive import overrules
from app.db.engine import Database, read_only
from app.db.people import AuditEvent, User
from app.db.reading import ReferenceLabel
from app.db.tables import now
from app.labels.history import state
from app.removal import doing
from app.settings import Settings


def test_each_decision_becomes_a_report_that_the_pacs_can_file(
    practice: Practice, write_back: Any, tmp_path: Path
) -> None:
    said, reports = write_back()
    assert "4 reports written; 0 of them replace an earlier one" in said
    numbers = (practice.seed, practice.approved, practice.corrected, practice.tagged)
    assert set(reports) == {f"image-{number}-1.dcm" for number in numbers}
    seed, approved, corrected, tagged = (
        statements(reports[f"image-{number}-1.dcm"]) for number in numbers
    )
    assert list(seed) == ["people"]
    assert list(approved) == ["labeler", "classifier", "people"]
    assert approved["classifier"]["Label of the knee"] == ["normal"]
    assert approved["people"]["Assessment of the classifier's result"] == ["AI result rejected"]
    assert list(corrected) == ["labeler", "people"]
    assert seed["people"]["Label of the knee"] == ["normal"]
    assert seed["people"]["Source of Measurement"] == [reference(practice.seed)["SOPInstanceUID"]]
    assert seed["people"]["Finding Site"] == ["Knee"]
    assert approved["people"]["Assessment of the labeler's result"] == ["AI result accepted"]
    assert approved["labeler"]["Probability of normal"] == [0.3]
    assert approved["labeler"]["Probability of abnormal"] == [0.6]
    assert corrected["people"]["Assessment of the labeler's result"] == ["AI result rejected"]
    assert corrected["labeler"]["Label of the knee"] == ["abnormal"]
    assert corrected["people"]["Label of the knee"] == ["arthroplasty"]
    assert tagged["people"]["Assessment of the labeler's result"] == [
        "AI result accepted and supplemented"
    ]
    assert tagged["people"]["Finding"] == ["Effusion"]
    one = reports[f"image-{practice.seed}-1.dcm"]
    for keyword, value in reference(practice.seed).items():
        if keyword not in ("SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
            assert str(one[keyword].value) == value
    assert (one.CompletionFlag, one.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    (evidence,) = one.CurrentRequestedProcedureEvidenceSequence
    assert evidence.StudyInstanceUID == one.StudyInstanceUID
    dumped = subprocess.run(
        ["dsrdump", "-Ee", tmp_path / "out" / f"image-{practice.tagged}-1.dcm"],
        capture_output=True,
        text=True,
    )
    assert dumped.returncode == 0, dumped.stderr
    assert 'Person Observer Name")="Reader^' in dumped.stdout
    assert ',99CONDYLE,"Effusion")' in dumped.stdout
    assert "(7771000,SCT," in dumped.stdout


def test_a_decision_is_written_once_and_another_one_replaces_it(
    database: Database, practice: Practice, write_back: Any
) -> None:
    first = write_back()[1]
    said, again = write_back()
    assert "0 reports written" in said
    assert "4 were there already" in said
    assert set(again) == set(first)
    with database.begin() as session:
        admin, seen = session.get_one(User, practice.admin), state(session, practice.seed)
        another = practice.seed, practice.classes[1], "looked again", seen, admin, now()
        overrules.overrule(session, *another)
    said, later = write_back()
    assert "1 reports written; 1 of them replace an earlier one" in said
    new, old = later[f"image-{practice.seed}-2.dcm"], first[f"image-{practice.seed}-1.dcm"]
    (study,) = new.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == old.SOPInstanceUID
    assert series.SeriesInstanceUID == old.SeriesInstanceUID == new.SeriesInstanceUID
    assert statements(new)["people"]["Label of the knee"] == ["abnormal"]
    anew = write_back("elsewhere")[1][f"image-{practice.seed}-1.dcm"]
    assert (anew.SOPInstanceUID, anew.ContentTime) == (new.SOPInstanceUID, new.ContentTime)
    with read_only(database) as session:
        written = select(AuditEvent.details).where(AuditEvent.action == "write structured reports")
        assert [each["written"] for each in session.scalars(written)] == [4, 1, 4]


def test_no_report_is_written_of_what_is_still_read_and_old_ones_are_named(
    database: Database, practice: Practice, write_back: Any, keyed: Settings
) -> None:
    write_back()
    with database.begin() as session:
        list_images(session, "adjudication", [practice.approved])
        session.delete(session.get_one(ReferenceLabel, practice.corrected))
    doing.remove(database, keyed, "image", [practice.tagged], "consent", practice.admin)
    said = write_back()[0]
    gone = sorted((practice.approved, practice.corrected, practice.tagged))
    for number in gone:
        assert f"image-{number}-1.dcm" in said
    assert "1 were there already" in said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_used_is_said_and_what_to_do(
    practice: Practice, write_back: Any, keyed: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "spoiled").mkdir()
    (tmp_path / f"spoiled/image-{practice.seed}-1.dcm").write_text("no report")
    another = tmp_path / "another.key"
    another.write_text("6" * 64)
    for folder, more, what in (
        ("home/out", {}, "nothing in the home folder"),
        ("file", {}, "cannot be used"),
        ("spoiled", {}, "no structured report"),
        ("out", {"CONDYLE_WRITE_BACK_KEY": ""}, "not known what films are called"),
    ):
        with pytest.raises(errors.Refused, match=what) as refused:
            write_back(folder, **{"CONDYLE_WRITE_BACK_KEY": keyed.write_back_key} | more)
        assert refused.value.where
        assert refused.value.do
        assert "ller" not in str(refused.value)
    said, reports = write_back("empty", CONDYLE_WRITE_BACK_KEY=str(another))
    assert (reports, "4 labelled images are not known in the PACS" in said) == ({}, True)
