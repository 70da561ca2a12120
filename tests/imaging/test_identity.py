"""Who a DICOM file is of: the number counts within its issuer, or else within the institution."""

from pathlib import Path

import pytest
from files import bad_films
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.imaging import dicom, pseudonyms
from app.imaging.film import Identity

KEY = b"k" * 32


def who(folder: Path, **attributes: object) -> Identity:
    path = folder / "film.dcm"
    path.write_bytes(bad_films.as_file(bad_films.good(**attributes)))
    film = dicom.read(path, KEY)
    assert film.identity is not None
    assert dicom.read_identity(path, KEY) == film.identity
    return film.identity


def qualifiers(**attributes: str) -> Sequence:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return Sequence([item])


def test_the_same_patient_has_one_key_and_a_nameless_one_is_kept_apart(tmp_path: Path) -> None:
    first = who(tmp_path)
    second = who(tmp_path, PatientID=" 4711 ", StudyInstanceUID="1.9", SOPInstanceUID="1.9.1")
    assert first.patient_key == second.patient_key == pseudonyms.patient("4711", KEY)
    assert first.study_key != second.study_key
    for nobody in ("", "ANONYMOUS", "0"):
        nameless = who(tmp_path, PatientID=nobody, StudyInstanceUID="1.9")
        assert nameless.number == ""
        assert nameless.patient_key == nameless.study_alone == second.study_alone


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ({"IssuerOfPatientID": "A"}, {"IssuerOfPatientID": " a "}, True),
        ({"IssuerOfPatientID": "A"}, {"IssuerOfPatientID": "B"}, False),
        ({"IssuerOfPatientID": "A", "InstitutionName": "S"}, {"IssuerOfPatientID": "A"}, True),
        ({"InstitutionName": "St Luke"}, {"InstitutionName": "ST  LUKE"}, True),
        ({"InstitutionName": "St Luke"}, {"InstitutionName": "St Mark"}, False),
        ({"InstitutionName": "St Luke"}, {}, False),
        (
            {"IssuerOfPatientIDQualifiersSequence": qualifiers(UniversalEntityID="1.2")},
            {"IssuerOfPatientIDQualifiersSequence": qualifiers(UniversalEntityID="1.3")},
            False,
        ),
        (
            {"IssuerOfPatientIDQualifiersSequence": qualifiers(UniversalEntityID="1.2")},
            {"IssuerOfPatientIDQualifiersSequence": qualifiers(UniversalEntityID="1.2")},
            True,
        ),
    ],
)
def test_the_number_counts_within_who_gave_it(
    tmp_path: Path, ours: dict[str, object], theirs: dict[str, object], same: bool
) -> None:
    first, second = who(tmp_path, **ours), who(tmp_path, **theirs)
    assert (first.patient_key == second.patient_key) == same
    assert first.number == second.number == pseudonyms.patient("4711", KEY)


def test_what_is_told_of_a_person_is_told_in_pseudonyms(tmp_path: Path) -> None:
    secrets = {
        "PatientBirthDate": "19390507",
        "AccessionNumber": "ACC1",
        "IssuerOfPatientID": "NORTH",
        "InstitutionName": "St Luke",
    }
    found = who(tmp_path, PatientSex="F", **secrets)
    assert found.sex == "F"
    for secret in (*secrets.values(), "4711"):
        assert secret.lower() not in str(found).lower()
    assert found.accession == pseudonyms.accession(" ACC1 ", KEY)
    assert found.born != who(tmp_path, PatientID="4712", **secrets).born


@pytest.mark.parametrize("date", ["", "unknown", "1939.05.07"])
def test_a_birth_date_that_is_none_contradicts_nothing(tmp_path: Path, date: str) -> None:
    assert who(tmp_path, PatientBirthDate=date).born == ""
