"""What a structured report states: groups of statements on the knee (TID 1501).

One of each model that had said something, and one of the people who decided. Each names its own
observer, a device or a person (TID 1002), so that no reader of the report takes one for the other:
what became of a model's result is stated by the people.
"""

from collections.abc import Sequence

from highdicom.sr import (
    AlgorithmIdentification,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as terms

from app.imaging import pseudonyms
from app.write_back import codes
from app.write_back.ai_results import AiResult, Role
from app.write_back.decided import Decided

MAKER = "Condyle"
DIGITS = 6
"""Of a probability: more would say nothing, and DS holds 16 characters."""
TRACKING = 2
"""Items at the beginning of a group: what it is called, and its UID."""


def content(decided: Decided, film: Dataset, key: bytes) -> MeasurementReport:
    """Return what is stated of an image.

    Args:
        decided: what was decided.
        film: which it is in the PACS.
        key: the installation's, from which UIDs are made.
    """
    person, program = _person(decided.by), _program(key)
    said = [_of_model(decided, result, film, key) for result in decided.ai]
    return MeasurementReport(
        observation_context=ObservationContext(person, program),
        procedure_reported=codes.X_RAY,
        imaging_measurements=[*said, _of_people(decided, film, key)],
        title=codes.IMAGING_MEASUREMENT_REPORT,
    )


def _person(by: str) -> ObserverContext:
    """Return who decided, by role and number."""
    return ObserverContext(terms.DCM.Person, PersonObserverIdentifyingAttributes(name=by))


def _program(key: bytes) -> ObserverContext:
    """Return which program writes."""
    device = DeviceObserverIdentifyingAttributes(
        uid=pseudonyms.uid("device", key), name=MAKER, manufacturer_name=MAKER, model_name=MAKER
    )
    return ObserverContext(terms.DCM.Device, device)


def model_observer(role: Role, number: int, digest: str, key: bytes) -> ObserverContext:
    """Return which model says so: each version is a device of its own.

    Args:
        role: what it is there for.
        number: of the model version.
        digest: SHA-256 of its checkpoint, from which its UID follows.
        key: the installation's.
    """
    name = f"{MAKER} {role}"
    device = DeviceObserverIdentifyingAttributes(
        uid=pseudonyms.uid(f"model\0{digest}", key),
        name=f"{name} {number}",
        manufacturer_name=MAKER,
        model_name=name,
    )
    return ObserverContext(terms.DCM.Device, device)


def _of_model(
    decided: Decided, result: AiResult, film: Dataset, key: bytes
) -> MeasurementsAndQualitativeEvaluations:
    """Return what a model said, and which one it is (TID 4019)."""
    algorithm = AlgorithmIdentification(
        name=f"{MAKER} {result.role}",
        version=str(result.model_id),
        family=codes.ARTIFICIAL_INTELLIGENCE,
        parameters=[
            f"reads {result.method}",
            f"sweep {result.sweep_id}",
            f"checkpoint SHA-256 {result.digest}",
            f"learned from SHA-256 {result.training_digest}",
            "probabilities are calibrated",
        ],
        manufacturer=MAKER,
    )
    numbers = [
        _number(codes.probability_of(label), round(likely, DIGITS))
        for label, likely in result.probabilities
    ]
    label = QualitativeEvaluation(codes.LABEL, codes.of_class(result.label))
    group = _group(decided, film, key, result.role, numbers, [label], algorithm)
    observer = model_observer(result.role, result.model_id, result.digest, key)
    return _observed_by(observer, group)


def _of_people(
    decided: Decided, film: Dataset, key: bytes
) -> MeasurementsAndQualitativeEvaluations:
    """Return the label that people gave, and what became of each model's result."""
    evaluations = [
        QualitativeEvaluation(codes.LABEL, codes.of_class(decided.label)),
        QualitativeEvaluation(codes.BASIS, codes.BASES[decided.basis]),
        *(
            QualitativeEvaluation(codes.FINDING, codes.of_finding(finding))
            for finding in decided.findings
        ),
        *(_assessment(decided, result) for result in decided.ai),
    ]
    readers = _number(codes.READERS, decided.readers)
    return _observed_by(
        _person(decided.by), _group(decided, film, key, "people", [readers], evaluations)
    )


def _assessment(decided: Decided, result: AiResult) -> QualitativeEvaluation:
    became = result.assessment(decided.label, decided.findings)
    return QualitativeEvaluation(codes.ASSESSMENT_OF[result.role], codes.ASSESSMENTS[became])


def _group(
    decided: Decided,
    film: Dataset,
    key: bytes,
    whose: str,
    numbers: Sequence[Measurement],
    evaluations: Sequence[QualitativeEvaluation],
    algorithm: AlgorithmIdentification | None = None,
) -> MeasurementsAndQualitativeEvaluations:
    """Return one group of statements on the knee."""
    tracking = pseudonyms.uid(f"{whose}\0{decided.image_key}", key)
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(tracking, f"image {decided.image_id}, {whose}"),
        algorithm_id=algorithm,
        finding_sites=[FindingSite(codes.KNEE, codes.SIDES.get(decided.laterality))],
        measurements=numbers,
        qualitative_evaluations=evaluations,
        source_images=[SourceImageForMeasurementGroup(film.SOPClassUID, film.SOPInstanceUID)],
    )


def _observed_by(
    observer: ObserverContext, group: MeasurementsAndQualitativeEvaluations
) -> MeasurementsAndQualitativeEvaluations:
    """Have a group name its observer, which highdicom's template has no place for."""
    items = group[0].ContentSequence
    for place, item in enumerate(observer):
        items.insert(TRACKING + place, item)
    return group


def _number(name: codes.CodedConcept, value: float) -> Measurement:
    return Measurement(name, value, codes.NO_UNITS)
