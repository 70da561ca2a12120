"""Columns that say who somebody is are refused with the remedy; others are not."""

from pathlib import Path

import pytest

from app import errors
from app.imports.headers import identifying
from app.imports.manifest import read_manifest

CLASSES = ("normal", "abnormal")
DATA = Path(__file__).parents[2] / "../shared/data"
PEOPLE = (
    "patient_name|PatientName|PATIENTNAME|Name|Nachname|Vorname|PatName|LastName|First-Name|Nom"
    "|prénom|nom du patient|Apellidos|Nombre del paciente|Cognome|Patientenname|Arztname"
    "|ReferringPhysicianName|mother's name|Name, Vorname|Imię|фамилия|姓名|DOB|date_of_birth"
    "|BirthDate|Geburtsdatum|geb.|GebDatum|date de naissance|Fecha de nacimiento|data_nascita"
    "|data de nascimento|geboortedatum|födelsedatum|出生日期|phone|Telefon|téléphone|Tel.|teléfono"
    "|mobile_phone|PhoneNumber|email|E-Mail|Adresse|Straße|PLZ|Wohnort|ville|indirizzo|dirección"
    "|SSN|insurance_number|Versichertennummer|KVNR|AHV-Nr|codice_fiscale|NHS number"
)
THINGS = (
    "file_name|FileName|Dateiname|nom_fichier|kl_grade|scanner|source|licence|age|sex|study_date"
    "|device_name|ProtocolName|ManufacturerModelName|class_name|station_name|hospital name|bmi"
    "|height|weight|side|comment|visit|cohort|detector|reader_1|operator_id|person_years|column1"
    "|mobile_unit|strength|capture|rotation|telescope|stretch"
)


def manifest(folder: Path, column: str, texts: list[str]) -> Path:
    """A manifest with one line for each text of a column."""
    lines = [f"file,patient_id,{column}" if column != "patient_id" else "file,patient_id"]
    for number, text in enumerate(texts):
        cell = f'"{text}"'
        lines.append(f"{number}.png," + (cell if column == "patient_id" else f"p{number},{cell}"))
    path = folder / "manifest.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.mark.parametrize("header", PEOPLE.split("|"))
def test_a_header_of_something_that_identifies_people_is_found(header: str) -> None:
    assert identifying(header)


@pytest.mark.parametrize("header", THINGS.split("|"))
def test_a_header_of_something_else_is_not(header: str) -> None:
    assert not identifying(header)


def test_a_manifest_with_such_a_header_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(errors.Refused) as refused:
        read_manifest(manifest(tmp_path, "Geburtsdatum", ["x"]), CLASSES)
    assert refused.value.where == "line 1, column Geburtsdatum"
    assert "dates of birth" in refused.value.what
    assert "Remove the column" in refused.value.do


def test_only_the_columns_an_admin_names_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text("file,patient_id,kl_grade,scanner,note\n1.png,1,0,CR2,x\n2.png,2,,CR3,\n")
    assert [row.details for row in read_manifest(path, CLASSES)] == [{}, {}]
    kept = [row.details for row in read_manifest(path, CLASSES, keep=["kl_grade", "scanner"])]
    assert kept == [{"kl_grade": "0", "scanner": "CR2"}, {"scanner": "CR3"}]
    (dropped,) = {row.dropped for row in read_manifest(path, CLASSES, keep=["scanner"])}
    assert dropped == {"kl_grade", "note"}


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ("patient_id", ["1", "2", "MUELLER^HANS"]),
        ("patient_id", ["1", "2", "Smith, John"]),
        ("patient_id", ["Hans Mueller", "Anna Schmidt", "3"]),
        ("patient_id", ["mueller_hans", "schmidt_anna"]),
        ("patient_id", ["Mueller_Hans_19540312", "7", "8"]),
        ("patient_id", ["19540312", "19610704", "19800101"]),
        ("patient_id", ["12031954", "04071961"]),
        ("patient_id", ["7", "8", "12.03.1954"]),
        ("patient_id", ["7", "8", "1954-03-12"]),
        ("patient_id", ["HM19540312", "AS19610704"]),
        ("patient_id", ["A123456780", "M123456783"]),
        ("patient_id", ["756.1234.5678.97"]),
        ("patient_id", ["123-45-6789", "219-09-9999"]),
        ("patient_id", ["943 476 5919"]),
        ("patient_id", ["9434765919", "4010232137", "1111111111", "2222222222"] * 1
         + ["3333333333", "4444444444", "5555555555"]),
        ("patient_id", ["12345678Z"]),
        ("patient_id", ["RSSMRA85T10A562S"]),
        ("patient_id", ["jane@example.org"]),
        ("patient_id", ["+49 30 1234567"]),
        ("study_id", ["MUELLER^HANS"]),
        ("study_id", ["19540312", "19610704"]),
        ("image_id", ["Smith, John", "b"]),
        ("view", ["MUELLER^HANS"]),
    ],
)  # fmt: skip
def test_ids_that_identify_people_are_refused_with_the_remedy(
    tmp_path: Path, column: str, texts: list[str]
) -> None:
    path = manifest(tmp_path, column, texts)
    with pytest.raises(errors.Refused) as refused:
        read_manifest(path, CLASSES)
    assert f"column {column}" in refused.value.where
    assert refused.value.do
    assert not any(text in str(refused.value) for text in texts if len(text) > 1)
    if column != "view":
        assert "pseudonyms" in refused.value.do
        assert len(read_manifest(path, CLASSES, pseudonymous=True)) == len(texts)


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ("patient_id", ["9000296", "9000622", "9000798"]),
        ("patient_id", [str(number) for number in range(1, 40)]),
        ("patient_id", [f"{number:08}" for number in range(20190001, 20190300)]),
        ("patient_id", [f"{number:010}" for number in range(40)]),
        ("patient_id", [f"{number:09}" for number in range(300, 340)]),
        ("patient_id", ["p0", "alpha", "patient 1", "AM-arthritis", "control group", "left_knee"]),
        ("patient_id", ["P-3f9a01c2b7de", "2f1c8a9e-1b7f-4f3a-9a53-0d6a3b6c1234"]),
        ("patient_id", ["P000000001", "P000000002", "P000000003", "P000000004"]),
        ("study_id", ["1.2.840.113619.2.55.3.19540312.1", "1.2.276.0.1.2.3"]),
        ("study_id", ["20190101", "20190102", "20190103"]),
        ("study_id", ["20190101-1", "20190101-2"]),
        ("study_id", ["2019-01-01", "2019-01-02"]),
        ("image_id", ["9000296L", "9000296R", "1_AP", "Knee, left"]),
    ],
)
def test_ids_that_say_nothing_of_anybody_are_taken(
    tmp_path: Path, column: str, texts: list[str]
) -> None:
    assert read_manifest(manifest(tmp_path, column, texts), CLASSES)


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        (["Hans Mueller", "Anna Schmidt", "Jo March", "Amy March"], True),
        (["Siemens Healthineers", "Philips Medical"] * 6, False),
        (["1954-03-12", "1961-07-04", "1980-12-24"], True),
        (["2019-03-12", "2019-07-04", "2020-12-24"], False),
        (["0", "1", "2", "3", "4"], False),
        (["030/1234567", "040/7654321"], True),
    ],
)
def test_kept_columns_are_looked_at_too(tmp_path: Path, texts: list[str], refused: bool) -> None:
    path = manifest(tmp_path, "other", texts)
    assert read_manifest(path, CLASSES)
    if refused:
        with pytest.raises(errors.Refused, match="other"):
            read_manifest(path, CLASSES, keep=["other"])
    else:
        assert read_manifest(path, CLASSES, keep=["other"])


@pytest.mark.skipif(not DATA.exists(), reason="the real films are not on this machine")
@pytest.mark.parametrize("folder", ["knee", "knee-extra"])
def test_the_real_manifests_are_taken_with_all_their_columns(folder: str) -> None:
    path = DATA / folder / "manifest.csv"
    columns = path.read_text("utf-8").splitlines()[0].split(",")
    assert read_manifest(path, ("normal", "abnormal", "arthroplasty"), keep=columns)
