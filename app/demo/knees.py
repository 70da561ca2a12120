"""A generated archive of knee radiographs: DICOM files and their manifest."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

import cv2

from app.csv_tables import as_csv
from app.demo.dicom import write_film
from app.demo.films import Developed, develop
from app.demo.frontal import frontal
from app.demo.lateral import lateral
from app.demo.patients import Shot, Study, studies_of
from app.demo.prostheses import with_prosthesis
from app.demo.radiography import expose
from app.demo.reports import dictate

COLUMNS = (
    "file",
    "patient_id",
    "image_id",
    "study_id",
    "laterality",
    "view",
    "label",
    "split",
    "report",
)
Row = dict[str, str]
Drawn = Callable[[float], None]


def _silent(_share: float) -> None:
    """Report to nobody."""


def write_archive(folder: Path, patients: int, rng: int, drawn: Drawn = _silent) -> None:
    """Write generated knees as DICOM files, and `manifest.csv` beside them.

    Each patient has one or two knees, each knee one study of two films with a report. The split
    is left to whoever imports them.

    Args:
        folder: made where it is missing.
        patients: how many.
        rng: seed; the same two numbers give the same bytes.
        drawn: told the share that is written, 0 to 1, after each study.
    """
    studies = list(studies_of(patients, rng))
    for patient in {study.patient for study in studies}:
        (folder / patient).mkdir(parents=True, exist_ok=True)
    write = partial(_write_study, folder, rng=rng)
    with (
        _drawers() as drawers,
        (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file,
    ):
        written = _reported(drawn, len(studies), drawers.map(write, studies, chunksize=4))
        rows = ([row[name] for name in COLUMNS] for row in chain.from_iterable(written))
        file.writelines(as_csv(COLUMNS, rows))


def _drawers() -> ProcessPoolExecutor:
    """Return one process for each core; none of them inherits what this one has open."""
    return ProcessPoolExecutor(
        len(os.sched_getaffinity(0)),
        multiprocessing.get_context("spawn"),
        initializer=cv2.setNumThreads,
        initargs=(1,),
    )


def _reported(drawn: Drawn, studies: int, written: Iterator[list[Row]]) -> Iterator[list[Row]]:
    for number, rows in enumerate(written, start=1):
        drawn(number / studies)
        yield rows


def generate_film(study: Study, shot: Shot) -> Developed:
    """Return one film of a study, as the detector would hand it over."""
    knee = study.anatomy
    projection = frontal(knee) if shot.view == "AP" else lateral(knee, shot.flexion)
    if study.prosthesis:
        projection = with_prosthesis(projection, study.prosthesis, shot.view, shot.flexion)
    return develop(expose(projection, knee.density, shot.exposure), shot.development)


def _write_study(folder: Path, study: Study, rng: int) -> list[Row]:
    report = dictate(study)
    return [
        _write_shot(folder, study, shot, number, rng) | {"report": report}
        for number, shot in enumerate(study.shots, start=1)
    ]


def _write_shot(folder: Path, study: Study, shot: Shot, number: int, rng: int) -> Row:
    name = f"{study.key}-{shot.view}"
    file = Path(study.patient) / f"{name}.dcm"
    write_film(folder / file, generate_film(study, shot), study, shot, number, rng)
    return {
        "file": file.as_posix(),
        "patient_id": study.patient,
        "image_id": name,
        "study_id": study.key,
        "laterality": study.laterality,
        "view": shot.view,
        "label": study.label,
        "split": "",
    }
