"""Registering films: who they are of, which split, what was kept out and why."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import (
    Image,
    LabelClass,
    Patient,
    QuarantinedFile,
    Rendition,
    Study,
)
from app.db.clock import moment
from app.db.learning import PseudoLabel
from app.db.privacy import HeldFilm
from app.imports import identities, known_people, reports, withdrawn
from app.imports.arrival import Arrival, Told
from app.imports.files import Problem
from app.imports.persons import Claim

DEFAULT_CLASSES = ("normal", "abnormal", "arthroplasty")


class Namesakes(errors.Refused):
    """Another film has an arrival's name and owner; only a decoder can tell whether it is the same.

    Args:
        what: see `errors.CondyleError`; true for those who have no decoder.
        where: likewise.
        do: likewise.
        stored_digest: of the film that is there.
    """

    def __init__(self, what: str, where: str, do: str, stored_digest: str) -> None:
        super().__init__(what, where, do)
        self.stored_digest = stored_digest


def ensure_classes(session: Session, names: Sequence[str] = DEFAULT_CLASSES) -> list[str]:
    """Return the names of the project's classes in their order, made first where there are none.

    Args:
        session: an open unit of work.
        names: the classes to make in a project without any.
    """
    if not known_classes(session):
        session.add_all(LabelClass(name=name, position=i) for i, name in enumerate(names))
        session.flush()
    return known_classes(session)


def known_classes(session: Session) -> list[str]:
    """Return the names of the project's classes in their order."""
    return list(session.scalars(select(LabelClass.name).order_by(LabelClass.position)))


def known_digests(session: Session, run_id: int, digests: Collection[str]) -> set[str]:
    """Return which of some source files are registered, held, or kept out by this very run."""
    held = select(HeldFilm.source_digest).where(HeldFilm.source_digest.in_(digests))
    kept_out = select(QuarantinedFile.digest).where(
        QuarantinedFile.digest.in_(digests), QuarantinedFile.run_id == run_id
    )
    found = {*session.scalars(kept_out), *session.scalars(held)}
    return registered(session, digests) | found


def register(session: Session, run_id: int, arrival: Arrival, key: bytes = b"") -> bool:
    """Register a film with its patient, study and renditions; doing it again changes nothing.

    A patient who is known keeps the split drawn first. The report is masked before it is kept.

    Args:
        session: an open unit of work.
        run_id: the import.
        arrival: the film.
        key: the installation's, by which names on films are known in reports.

    Returns:
        False where the same file, or the same picture under the same name, is there already; of a
        film of both knees, where the same knee is.

    Raises:
        Namesakes: another film has its name, and it is not known whether it is the same picture.
        errors.Refused: it is unclear whose the film is, another film has its name, or it was
            withdrawn; nothing was written.
    """
    if key:
        withdrawn.require_wanted(session, withdrawn.marks_of_arrival(arrival, key))
    if session.scalar(_same_film(arrival)) is not None:
        see_again(session, run_id, arrival.source_digest, arrival.claim, arrival, key)
        dismiss(session, arrival.source_digest)
        return False
    patient = identities.find(session, arrival.claim)
    twin = _of_the_same_name(session, arrival)
    if twin is not None:
        _require_same_picture(session, twin, patient, arrival)
        see_again(session, run_id, twin.source_digest, arrival.claim, arrival, key)
        dismiss(session, arrival.source_digest)
        return False
    dismiss(session, arrival.source_digest)
    if patient is None:
        patient = _new_patient(session, arrival)
    identities.add(session, patient, arrival.claim)
    study = _study(session, patient, arrival)
    known_people.remember(session, study, arrival.names, key)
    image = _image(session, run_id, patient, study, arrival)
    session.add_all(
        Rendition(image_id=image.id, **vars(rendition)) for rendition in arrival.renditions
    )
    reports.put(session, study, arrival.report, run_id, key)
    session.flush()
    return True


def registered(session: Session, digests: Collection[str]) -> set[str]:
    """Return which of some source files are registered."""
    found = select(Image.source_digest).where(Image.source_digest.in_(digests))
    return set(session.scalars(found))


def see_again(
    session: Session,
    run_id: int,
    source_digest: str,
    claim: Claim | None,
    told: Told,
    key: bytes = b"",
) -> None:
    """Take what is said of a file that is registered: a site where it had none, a newer report.

    Args:
        session: an open unit of work.
        run_id: the import.
        source_digest: the file.
        claim: whose it is said to be now; None where nothing is said.
        told: the `site` and the `report` named with it.
        key: as in `register`.

    Raises:
        errors.Refused: a manifest said that the film is of somebody else; nothing was written.
    """
    of_file = select(Image).where(Image.source_digest == source_digest).order_by(Image.id)
    images = session.scalars(of_file).all()
    image = images[0]
    if claim and identities.contradicts(session, image.patient_id, claim):
        raise errors.Refused(
            f"Image {image.id} is the same film and is another patient's.",
            f"image {image.id}",
            "Find out whose it is, and correct its patient_id in the manifest.",
        )
    named = bool(told.site) and not image.site
    if named:
        for each in images:
            name_site(session, each, told.site)
    if claim:
        identities.meet_again(session, session.get_one(Patient, image.patient_id), claim, named)
    reports.put(session, session.get_one(Study, image.study_id), told.report, run_id, key)


def quarantine(session: Session, run_id: int, problem: Problem) -> None:
    """Record what could not be imported; a second time only the newest reason is kept."""
    file = session.scalar(select(QuarantinedFile).where(QuarantinedFile.digest == problem.digest))
    if file is None:
        file = QuarantinedFile(digest=problem.digest)
        session.add(file)
    file.run_id, file.path, file.at, file.film = run_id, problem.name, moment(session), problem.film
    file.what, file.do = problem.reason.what, problem.reason.do
    session.flush()


def dismiss(session: Session, *digests: str) -> None:
    """Take what has arrived after all off the quarantine."""
    session.execute(delete(QuarantinedFile).where(QuarantinedFile.digest.in_(digests)))


def dismiss_film(session: Session, digest: str, film: str) -> None:
    """Take a film that has arrived off the quarantine, with the bad copies of it put aside before.

    Args:
        session: an open unit of work.
        digest: SHA-256 of its file.
        film: which one it is, see `QuarantinedFile`.
    """
    same = QuarantinedFile.digest == digest
    if film:
        same |= QuarantinedFile.film == film
    session.execute(delete(QuarantinedFile).where(same))


def dismiss_earlier(session: Session, run_id: int, digests: Collection[str]) -> None:
    """Take what earlier imports put aside off the quarantine."""
    earlier = QuarantinedFile.run_id < run_id
    session.execute(delete(QuarantinedFile).where(QuarantinedFile.digest.in_(digests), earlier))


def _same_film(arrival: Arrival) -> Select[int]:
    """Select the image that an arrival is, or whose film it is of, whatever its name."""
    same = Image.source_digest == arrival.source_digest
    if arrival.region is not None:
        same &= Image.region_left.is_(None) | (Image.laterality == arrival.laterality)
    return select(Image.id).where(same).limit(1)


def _of_the_same_name(session: Session, arrival: Arrival) -> Image | None:
    """A site that was named after its image counts as the scope of the image's key."""
    scope = arrival.image_scope
    here = Image.scope == scope
    if scope:
        here |= (Image.scope == "") & (Image.site == scope)
    return session.scalars(select(Image).where(here, Image.key == arrival.image_key)).first()


def _require_same_picture(
    session: Session, twin: Image, patient: Patient | None, arrival: Arrival
) -> None:
    """A file sent again with another header is the same film if the picture and its owner are."""
    study = session.get_one(Study, twin.study_id)
    same_owner = (
        patient is not None
        and patient.id == twin.patient_id
        and (study.key, twin.laterality) == (arrival.study_key, arrival.laterality)
    )
    known = {**arrival.compared, arrival.stored_digest: True}
    if same_owner and known.get(twin.stored_digest):
        return
    what = (
        f"Image {twin.id} has the same name (SOPInstanceUID or image_id) and is another film, or "
        "another patient's, study's or side's."
    )
    do = "Give the film a name of its own: a new SOPInstanceUID, or an image_id in a manifest."
    if same_owner and twin.stored_digest not in known:
        raise Namesakes(what, f"image {twin.id}", do, twin.stored_digest)
    raise errors.Refused(what, f"image {twin.id}", do)


def name_site(session: Session, image: Image, site: str) -> None:
    """Give an image that had none its site, and so the filters of review."""
    image.site = site
    labels = update(PseudoLabel).where(PseudoLabel.image_id == image.id)
    session.execute(labels.values(site=site))


def _new_patient(session: Session, arrival: Arrival) -> Patient:
    claim = arrival.claim
    patient = Patient(
        scope=claim.scope, key=claim.key, split=arrival.split, nameless=claim.nameless
    )
    session.add(patient)
    session.flush()
    return patient


def _study(session: Session, patient: Patient, arrival: Arrival) -> Study:
    same = (Study.patient_id == patient.id) & (Study.key == arrival.study_key)
    found = session.scalar(select(Study).where(same))
    if found is None:
        found = Study(patient_id=patient.id, key=arrival.study_key, report=None)
        session.add(found)
    found.accession = found.accession or arrival.accession
    session.flush()
    return found


def _image(
    session: Session, run_id: int, patient: Patient, study: Study, arrival: Arrival
) -> Image:
    viewer = next(one for one in arrival.renditions if one.kind == "viewer")
    label = select(LabelClass.id).where(LabelClass.name == arrival.label)
    image = Image(
        run_id=run_id,
        study_id=study.id,
        patient_id=patient.id,
        scope=arrival.image_scope,
        key=arrival.image_key,
        source_digest=arrival.source_digest,
        stored_digest=arrival.stored_digest,
        laterality=arrival.laterality,
        view=arrival.view,
        site=arrival.site,
        width=viewer.width,
        height=viewer.height,
        spacing_mm=arrival.spacing_mm,
        spacing_plane=arrival.spacing_plane,
        given_class_id=session.scalar(label) if arrival.label else None,
        details=dict(arrival.details),
    )
    if arrival.region is not None:
        image.region = arrival.region
    session.add(image)
    session.flush()
    return image
