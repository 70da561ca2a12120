"""What goes to a PACS is valid DICOM by other programs, and tells persons from devices."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom import dcmread
from support.dciodvfy import faults_of
from support.structured_reports import groups, statements
from write_back.conftest import reference

from app.db.tables import now
from app.evaluation.worst_errors import WorstError
from app.write_back.ai_results import AiResult
from app.write_back.decided import Decided
from app.write_back.key_objects import key_objects
from app.write_back.structured_report import structured_report, uid_of

KEY = b"k" * 32
LABELS = (1, "normal"), (2, "关节炎"), (3, "a prosthesis" * 9)
LABELER = AiResult(
    "labeler",
    LABELS[1],
    tuple(zip(LABELS, (1 / 3, 2 / 3, 0.0), strict=True)),
    4,
    7,
    "fused",
    "a" * 64,
    "b" * 64,
)
CLASSIFIER = replace(LABELER, role="classifier", label=LABELS[0], model_id=9, method="image")
DECIDED = Decided(
    image_id=2,
    image_key="knee-2",
    source_digest="c" * 64,
    sealed="",
    laterality="L",
    label=LABELS[0],
    basis="agreement",
    at=now(),
    by="Reader^3",
    readers=2,
    findings=((5, "Effusion"),),
    ai=(LABELER, CLASSIFIER),
)
NAMED = reference(2) | {"PatientBirthDate": "19500131", "StudyTime": "101112", "StudyID": "7"}
UNNAMED = {keyword: value for keyword, value in NAMED.items() if keyword.endswith("UID")}


@pytest.mark.parametrize(
    ("decided", "film"),
    [
        (DECIDED, NAMED),
        (replace(DECIDED, ai=(), findings=(), laterality=""), UNNAMED),
        (replace(DECIDED, label=LABELS[2], ai=(LABELER,), laterality="R"), NAMED),
    ],
    ids=["all there is", "as little as can be", "one model, a long name"],
)
def test_no_report_breaks_the_standard(
    decided: Decided, film: dict[str, str], tmp_path: Path
) -> None:
    first = structured_report(decided, film, KEY)
    second = structured_report(replace(decided, readers=3), film, KEY, 2, first)
    for name, report in (("first", first), ("second", second)):
        report.save_as(tmp_path / name, enforce_file_format=True)
        assert faults_of(tmp_path / name) == []


def test_a_persons_word_is_never_a_devices(tmp_path: Path) -> None:
    structured_report(DECIDED, NAMED, KEY).save_as(tmp_path / "report", enforce_file_format=True)
    report = dcmread(tmp_path / "report")
    said = statements(report)
    assert list(said) == ["labeler", "classifier", "people"]
    assert said["labeler"]["Observer Type"] == said["classifier"]["Observer Type"] == ["Device"]
    assert said["people"]["Observer Type"] == ["Person"]
    assert "Device Observer Name" not in said["people"]
    assert said["people"]["Person Observer Name"] == ["Reader^3"]
    assert said["labeler"]["Device Observer Name"] == ["Condyle labeler 7"]
    assert said["classifier"]["Algorithm Name"] == ["Condyle classifier"]
    assert said["classifier"]["Algorithm Version"] == ["9"]
    assert said["classifier"]["Algorithm Family"] == ["Artificial Intelligence"]
    assert said["classifier"]["Probability of 关节炎"] == [0.666667]
    assert said["labeler"]["Label of the knee"] == ["关节炎"]
    assert said["people"]["Assessment of the labeler's result"] == ["AI result rejected"]
    supplemented = "AI result accepted and supplemented"
    assert said["people"]["Assessment of the classifier's result"] == [supplemented]
    ours = {
        str(item.ConceptNameCodeSequence[0].CodingSchemeDesignator)
        for group in groups(report)
        for item in group.ContentSequence
        if "Assessment" in item.ConceptNameCodeSequence[0].CodeMeaning
    }
    assert ours == {"99CONDYLE"}


def test_a_later_program_knows_a_decision_and_each_object_the_same_classifier() -> None:
    at = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    written = "2.25.3684537395673288142592742239926098431"
    assert uid_of(replace(DECIDED, at=at), KEY) == written
    error = WorstError(2, 1, "c" * 64, "", 3, "a prosthesis", "normal", 0.9)
    (selection,) = key_objects(1, at, (9, CLASSIFIER.digest), [(error, NAMED)], KEY)
    (device,) = [item.UID for item in selection.ContentSequence if "UID" in item]
    said = statements(structured_report(DECIDED, NAMED, KEY))
    assert said["classifier"]["Device Observer UID"] == [device]
