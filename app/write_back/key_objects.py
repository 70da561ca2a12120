"""The worst errors of an evaluation as Key Object Selections (TID 2010), one for each study.

A PACS shows the selected films by them. Patient and study are named as in the PACS; what was wrong
stands in the description, and no person is named.
"""

import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime

from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as terms

from app.evaluation.worst_errors import WorstError
from app.imaging import pseudonyms
from app.write_back.report_content import MAKER, model_observer
from app.write_back.structured_report import as_in_the_pacs, as_of, film_of

Named = tuple[WorstError, Mapping[str, str]]
"""An error, and what its film is called in the PACS, opened."""
Classifier = tuple[int, str]
"""Its number, and the digest of its checkpoint."""


def key_objects(
    evaluation_id: int, at: datetime, classifier: Classifier, errors: Sequence[Named], key: bytes
) -> list[Dataset]:
    """Return the selections of an evaluation's errors, in the order of their worst.

    Args:
        evaluation_id: the evaluation.
        at: when it was made.
        classifier: the one that erred.
        errors: the most confident first.
        key: the installation's, from which new UIDs are made.
    """
    studies: dict[str, list[Named]] = {}
    for each in errors:
        studies.setdefault(each[1]["StudyInstanceUID"], []).append(each)
    return [_selection(evaluation_id, at, classifier, found, key) for found in studies.values()]


def uid_of(evaluation_id: int, errors: Sequence[WorstError], key: bytes) -> str:
    """Return the SOP Instance UID of the selection of some errors: the same for the same errors.

    Args:
        evaluation_id: the evaluation.
        errors: of one study, the most confident first.
        key: the installation's.
    """
    return pseudonyms.uid(f"key object selection\0{_facts(evaluation_id, errors)}", key)


def _facts(evaluation_id: int, errors: Sequence[WorstError]) -> str:
    return "\0".join([str(evaluation_id), *map(_in_words, errors)])


def _selection(
    evaluation_id: int, at: datetime, classifier: Classifier, errors: Sequence[Named], key: bytes
) -> Dataset:
    reference, wrong = errors[0][1], [error for error, _named in errors]
    films = {named["SOPInstanceUID"]: _film(named) for _error, named in errors}
    said = " ".join(map(_in_words, wrong))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote the values they are about
        selection = KeyObjectSelectionDocument(
            evidence=list(films.values()),
            content=KeyObjectSelection(
                terms.DCM.OfInterest,
                list(films.values()),
                observer_device_context=model_observer("classifier", *classifier, key),
                description=f"Evaluation {evaluation_id}, the worst errors. {said}",
            ),
            series_instance_uid=pseudonyms.uid(f"key objects\0{_facts(evaluation_id, wrong)}", key),
            series_number=evaluation_id,
            sop_instance_uid=uid_of(evaluation_id, wrong, key),
            instance_number=1,
            manufacturer=MAKER,
        )
    as_in_the_pacs(selection, reference)
    as_of(selection, at)
    selection.SpecificCharacterSet = "ISO_IR 192"
    selection.SeriesDescription = "Condyle: worst errors"
    return selection


def _in_words(error: WorstError) -> str:
    return (
        f"Image {error.image_id}: the classifier said {error.said} "
        f"({100 * error.confidence:.0f} %), people {error.label}."
    )


def _film(reference: Mapping[str, str]) -> Dataset:
    """Return what is referred to; highdicom takes for a picture what has rows and columns."""
    film = film_of(reference)
    film.Rows = film.Columns = 1
    return film
