"""A site on which every kind of run can be started."""

from sqlalchemy.orm import Session
from support.web import Web

from app.db.archive import Image, Patient, Study
from app.db.learning import ModelVersion, Run
from app.db.tables import now
from app.runs.kinds import AnyKind


def make_startable(web: Web) -> Web:
    """Give a site something to start each kind on, and set what must be set."""
    with web.database.begin() as session:
        archive(session)
    web.settings.text_encoder = "an encoder"
    web.settings.pull_from = "http://127.0.0.1:1/dicom-web"
    web.settings.llm_url, web.settings.llm_model = "http://127.0.0.1:1", "a model"
    return web


def archive(session: Session) -> None:
    """A film that a seed set can be drawn from, and a classifier that can be exported."""
    patient = Patient(key="P", split="development")
    session.add(patient)
    session.flush()
    study = Study(patient_id=patient.id, key="S")
    trained = Run(kind="train_classifier", status="succeeded", finished_at=now())
    session.add_all([study, trained])
    session.flush()
    known = {"source_digest": "a", "stored_digest": "b", "laterality": "", "view": ""}
    session.add(
        Image(study_id=study.id, patient_id=patient.id, key="I", width=1, height=1, **known)
    )
    session.add(
        ModelVersion(
            role="final",
            method="image",
            run_id=trained.id,
            folder="f",
            digest="d",
            recipe={},
            training_digest="t",
        )
    )


def settings_for(site: Web, kind: AnyKind) -> None:
    """Set the weights where the kind needs them; pretraining is for those who have none."""
    site.settings.weights = "weights" if kind.name == "draw_seed" else ""
