"""Whether two films are of one person: by the number, who gave it, and what contradicts it.

A number alone names nobody: two hospitals both have a patient 4711. Of two films with the same
number,

- those whose issuers are both known are of one person if these are the same; else those whose
  sites are both known, if these are the same; else those that both say nothing of where they
  come from;
- of the others the birth dates decide: where both are known and the same, they are of one person,
  where they differ, of two; where one is missing nobody can tell, and the film is put aside;
- a film whose birth date or sex contradicts those of its own person is put aside.

A manifest's numbers count within its site. Without a site they count within the manifest: another
one may use them only if it lists a film of the first, and so shows that it goes on from there.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from app import errors
from app.imaging.film import Identity


@dataclass(frozen=True)
class Claim:
    """Whose a film says it is.

    Attributes:
        key: of the patient, where it turns out to be a new one.
        scope: where that key counts.
        number: see `PatientIdentity`, as for the next five; empty where it names nobody.
        continues: other manifests that this one goes on from.
        nameless: the key is of one study, whose patient is unknown.
    """

    key: str
    scope: str = ""
    number: str = ""
    issuer: str = ""
    site: str = ""
    born: str = ""
    sex: str = ""
    manifest: str = ""
    continues: frozenset[str] = frozenset()
    nameless: bool = False


@dataclass(frozen=True)
class Known:
    """One identity of a patient who is known; `patient` is whatever tells patients apart."""

    patient: Hashable
    number: str
    issuer: str
    site: str
    born: str
    sex: str
    manifest: str


class Unclear(errors.Refused):
    """Nobody can tell from the film whose it is; it must be put aside."""


def of_file(identity: Identity) -> Claim:
    """Return whose a DICOM file says it is."""
    return Claim(
        key=identity.patient_key,
        number=identity.number,
        issuer=identity.issuer,
        site=identity.site,
        born=identity.born,
        sex=identity.sex,
        nameless=not identity.number,
    )


def of_study_alone(identity: Identity) -> Claim:
    """Return whose a DICOM file is where its PatientID turned out to name nobody."""
    return Claim(key=identity.study_alone, nameless=True)


def resolve(known: Iterable[Known], claim: Claim) -> Hashable | None:
    """Return which of the known patients a film is of, None for a new one.

    Args:
        known: every identity with the claim's number.
        claim: whose the film says it is.

    Raises:
        Unclear: it could be of one of them, or contradicts the one it is of.
    """
    of_manifests = claim.manifest != ""
    rows = [row for row in known if (row.manifest != "") == of_manifests]
    return _by_manifest(rows, claim) if of_manifests else _by_hospital(rows, claim)


def _by_manifest(rows: list[Known], claim: Claim) -> Hashable | None:
    own = {claim.manifest} | claim.continues
    same = [row for row in rows if row.site == claim.site and (claim.site or row.manifest in own)]
    if not same:
        same = [
            row for row in rows if row.manifest in claim.continues and not (row.site and claim.site)
        ]
    patients = {row.patient for row in same}
    if len(patients) > 1 or (not same and not claim.site and any(not row.site for row in rows)):
        raise Unclear(
            "Another manifest has the same patient_id, and neither names a site, so nobody can "
            "tell whether it is the same person.",
            "patient_id",
            "Name the site in both manifests and import the earlier one again first; or list the "
            "films of both in one manifest.",
        )
    return patients.pop() if patients else None


def _by_hospital(rows: list[Known], claim: Claim) -> Hashable | None:
    by_patient: dict[Hashable, list[Known]] = defaultdict(list)
    for row in rows:
        by_patient[row.patient].append(row)
    verdicts = {patient: _verdict(own, claim) for patient, own in by_patient.items()}
    same = [patient for patient, verdict in verdicts.items() if verdict == "same"]
    if len(same) > 1 or (not same and "unclear" in verdicts.values()):
        raise Unclear(
            "Another film has the same patient id, and one of them does not say which hospital's "
            "it is, so nobody can tell whether it is the same person.",
            "IssuerOfPatientID (0010,0021), InstitutionName (0008,0080)",
            "Import the earlier film again if it was imported before sites were kept, then this "
            "one; or list the file in a manifest with its patient_id.",
        )
    if same and any(_contradict(row, claim) for row in by_patient[same[0]]):
        raise Unclear(
            "A film with the same patient id, and of the same hospital as far as the files say, "
            "has another birth date or sex.",
            "PatientID (0010,0020), PatientBirthDate (0010,0030), PatientSex (0010,0040)",
            "Correct the wrong one and export it again; or list the file in a manifest with its "
            "patient_id.",
        )
    return same[0] if same else None


def _verdict(rows: list[Known], claim: Claim) -> str:
    """Say whether the film of a claim is the `same` person's as these, an`other`'s, or unclear."""
    verdicts = {_compare(row, claim) for row in rows}
    if "same" in verdicts:
        return "same"
    return "other" if "other" in verdicts else "unclear"


def _compare(row: Known, claim: Claim) -> str:
    for ours, theirs in ((row.issuer, claim.issuer), (row.site, claim.site)):
        if ours and theirs:
            return "same" if ours == theirs else "other"
    if not (row.issuer or row.site or claim.issuer or claim.site):
        return "same"
    if _contradict(row, claim):
        return "other"
    return "same" if row.born and row.born == claim.born else "unclear"


def _contradict(row: Known, claim: Claim) -> bool:
    births = {row.born, claim.born} - {""}
    return len(births) > 1 or {row.sex, claim.sex} == {"F", "M"}
