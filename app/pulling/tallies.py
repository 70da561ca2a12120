"""What became of each study and of each object of it: counted, so that nothing goes unseen."""

from collections.abc import Mapping

from app.texts import noop

STUDIES = {
    "looked_through": noop("looked through"),
    "two_patients": noop("listed under two patient IDs, or holding films of two: left out"),
    "another_patient": noop("listed under another patient ID than its films have: left out"),
    "study_gone": noop("listed, but not there when asked for (404)"),
    "study_failed": noop("what they hold could not be learned"),
}
"""Of studies that fit what was asked for."""
RECEIVED = {
    "received": noop("received"),
    "put_aside": noop("received and put aside: another film has the same UID"),
}
SKIPPED = {
    "here": noop("already here"),
    "not_film": noop("no radiographs"),
    "other_modality": noop("of another modality"),
    "other_body_part": noop("of another body part"),
    "no_body_part": noop("without a body part: ask without one to get them"),
    "other_description": noop("of a study with another description"),
}
REFUSED = {
    "another": noop("not the film that was asked for: thrown away"),
    "no_dicom": noop("no readable DICOM file: thrown away"),
    "film_gone": noop("not there when asked for (404)"),
    "too_large": noop("larger than CONDYLE_DICOM_FILM_MB"),
    "film_refused": noop("refused by the PACS, or sent in another format"),
    "film_failed": noop("failed several times: run it again to try them anew"),
}
FILMS: Mapping[str, str] = RECEIVED | SKIPPED | REFUSED
LISTED, NOT_ASKED, UNSURE = "listed", "not_asked", "unsure"
"""Studies that were listed and may be what was asked for; those that are not; windows of which the
list may have been cut."""
OF_TAKEN = {"stored": "received", "again": "here", "put_aside": "put_aside"}
"""What a film that arrived counts as here."""
OF_TROUBLE = {"not_there": "film_gone", "too_large": "too_large"}
OF_TROUBLE |= {"refused": "film_refused", "content": "film_refused"}
Counts = Mapping[str, int]


def total(counts: Counts, words: Mapping[str, str]) -> int:
    """Return how many there are of some kinds together."""
    return sum(counts.get(what, 0) for what in words)
