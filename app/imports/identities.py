"""Patients as they are registered: found by how they were named before, and named anew.

Whether two films are of one person is decided in `app.imports.persons`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient, PatientIdentity, Study
from app.db.unique_names import is_named, unique_name
from app.imports.persons import Claim, Known, Unclear, resolve


def find(session: Session, claim: Claim) -> Patient | None:
    """Return the registered patient a film is of, None for a new one.

    Raises:
        Unclear: as `resolve` does, or the key is another patient's.
    """
    named = _by_key(session, claim.scope, claim.key)
    if not claim.number:
        return named
    found = resolve(known(session, {claim.number}).get(claim.number, ()), claim)
    if isinstance(found, int):
        return session.get_one(Patient, found)
    if named is not None and claim.manifest and _is_of_dicom(session, named):
        return named  # the manifest uses our pseudonym, as exports have it
    if named is not None:
        raise Unclear(
            "This patient id is taken by another patient of the archive.",
            "patient_id",
            "Give the patient another id in a manifest, and import the file with it.",
        )
    return None


def known(session: Session, numbers: Iterable[str]) -> dict[str, list[Known]]:
    """Return the registered identities with some numbers, by number, asked in portions."""
    distinct = sorted(set(numbers))
    found: dict[str, list[Known]] = defaultdict(list)
    for start in range(0, len(distinct), 1000):
        some = PatientIdentity.number.in_(distinct[start : start + 1000])
        for row in session.scalars(select(PatientIdentity).where(some)):
            found[row.number].append(_known(row))
    return found


def known_names(session: Session, names: Iterable[str]) -> set[str]:
    """Return which of some unique names of patients are registered, asked in portions."""
    distinct = sorted(set(names))
    name = unique_name(Patient)
    found: set[str] = set()
    for start in range(0, len(distinct), 1000):
        some = distinct[start : start + 1000]
        found.update(session.scalars(select(name).where(is_named(Patient, some))))
    return found


def studies_of(session: Session, numbers: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    """Return the keys of the studies registered under some numbers, by who gave them, and number.

    Who gave it is the issuer, or else the site.
    """
    distinct = sorted(set(numbers))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for start in range(0, len(distinct), 1000):
        studies = (
            select(PatientIdentity, Study.key)
            .join(Study, Study.patient_id == PatientIdentity.patient_id)
            .where(PatientIdentity.number.in_(distinct[start : start + 1000]))
        )
        for row, study in session.execute(studies):
            found[row.issuer or row.site, row.number].add(study)
    return found


def owner_of(session: Session, source_digest: str) -> int | None:
    """Return the patient of a registered file."""
    owner = select(Image.patient_id).where(Image.source_digest == source_digest)
    return session.scalars(owner).first()


def add(session: Session, patient: Patient, claim: Claim) -> None:
    """Remember how a patient was named, where they were not named so before."""
    if not claim.number:
        return
    values = {
        name: getattr(claim, name)
        for name in ("number", "issuer", "site", "born", "sex", "manifest")
    }
    same = select(PatientIdentity.id).filter_by(patient_id=patient.id, **values)
    if session.scalar(same.limit(1)) is None:
        session.add(PatientIdentity(patient_id=patient.id, **values))
        session.flush()


def meet_again(session: Session, patient: Patient, claim: Claim, site_named: bool) -> None:
    """Learn from a registered film of a patient how else the patient is named.

    Args:
        session: an open unit of work.
        patient: whose film it is.
        claim: whose it is said to be now.
        site_named: whether the film had no site until now.
    """
    if patient.nameless:
        return
    if not claim.manifest:
        numbers = select(PatientIdentity.number).where(PatientIdentity.patient_id == patient.id)
        if claim.number in session.scalars(numbers).all():
            add(session, patient, claim)
    elif site_named or is_new(session, claim):
        add(session, patient, claim)


def barely_known(session: Session, source_digests: Collection[str]) -> set[str]:
    """Return which registered files are of patients of whom nothing but a number is known."""
    scope = PatientIdentity.issuer + PatientIdentity.site + PatientIdentity.born
    more = select(PatientIdentity.id).where(
        PatientIdentity.patient_id == Image.patient_id,
        (PatientIdentity.manifest != "") | (scope != ""),
    )
    bare = select(Image.source_digest).where(
        Image.source_digest.in_(source_digests), ~more.exists()
    )
    return set(session.scalars(bare))


def contradicts(session: Session, patient_id: int, claim: Claim) -> bool:
    """Whether a manifest names the patient of a registered film by another number than it did.

    A film that came without a manifest may be named by one later, and a number may turn out to
    name nobody.
    """
    numbers = session.scalars(
        select(PatientIdentity.number).where(
            PatientIdentity.patient_id == patient_id, PatientIdentity.manifest != ""
        )
    ).all()
    named = claim.manifest != "" and not claim.nameless
    return named and bool(numbers) and claim.number not in numbers


def is_new(session: Session, claim: Claim) -> bool:
    """Whether nobody registered is meant, as far as can be told."""
    try:
        return find(session, claim) is None
    except Unclear:
        return False


def _known(row: PatientIdentity) -> Known:
    return Known(row.patient_id, row.number, row.issuer, row.site, row.born, row.sex, row.manifest)


def _by_key(session: Session, scope: str, key: str) -> Patient | None:
    return session.scalar(select(Patient).where(Patient.scope == scope, Patient.key == key))


def _is_of_dicom(session: Session, patient: Patient) -> bool:
    manifests = select(PatientIdentity.manifest).where(PatientIdentity.patient_id == patient.id)
    return "" in session.scalars(manifests).all() or patient.nameless
