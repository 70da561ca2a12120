"""Patient ids that name nobody: what people and programs write where an id belongs."""

import re

WORDS = """
    anon anonym anonyme anonymous anonymus anonymized anonymised anonymisiert anonymise anonimo
    anonima anonymouspatient anonpatient patientanonymous deidentified deidentifiedpatient
    unknown unknownpatient unknownid unknownmale unknownfemale unk unbekannt inconnu inconnue
    desconocido desconocida sconosciuto sconosciuta desconhecido none null nil nan na nd
    notavailable notapplicable notassigned notspecified notknown unspecified unassigned undefined
    missing empty blank removed redacted hidden default dummy fake test testing tester
    testpatient patienttest patientest probe demo demopatient example sample phantom phantome
    phantompatient qa qc qualitycontrol servicepatient service calibration patient patientid id
    pid noid noname nopatientid nobody noone john doe johndoe janedoe doejohn doejane temp tmp
    todo tbd
"""
"""In English, German, French, Spanish, Italian and Portuguese, without spaces and signs."""
NOBODY = frozenset(WORDS.split())


def is_placeholder(patient_id: str) -> bool:
    """Whether a patient id names no person, whatever its capitals, spaces and signs.

    It is empty or only signs, only zeros, only the letter x, one digit six times or more, or a
    word such as ANONYMOUS. A word with a number (ANON0012) is a pseudonym somebody has given.

    Args:
        patient_id: as it was written.
    """
    plain = "".join(sign for sign in patient_id.casefold() if sign.isalnum())
    return plain in NOBODY or re.fullmatch(r"0*|x+|(\d)\1{5,}", plain) is not None
