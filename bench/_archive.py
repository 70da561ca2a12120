"""Rows of an archive of any size in the middle of a round: no files, nobody's data.

Half as many patients as images, two images a study; a tenth of the patients are validation. A
twentieth of the images were drawn as seed and read; the validation split is half read, a tenth of
it by two readers. Two sweeps labelled the rest, and readers decided on a tenth of the second's.
Beside them lie runs, audit events, and files put aside or held.
"""

import json
import re
from collections.abc import Iterator

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from app.db.learning import ModelVersion, Run, RunLogLine, Sweep
from app.db.people import AuditHead, User
from app.db.tables import Table, now
from bench._lots import TOLERATED, make_lots

CLASSES = ("normal", "abnormal", "arthroplasty")
SITES, READERS, RUNS, LINES = 5, 6, 300, 20
PICTURE = "0" * 64
"""Digest of a file that is not there."""
IMAGE = (
    "(id, study_id, patient_id, key, source_digest, stored_digest, laterality, view, site, width,"
    " height, given_class_id, details, imported_at)"
)
ITEM = "(worklist, image_id, turn, position, done, final, calibration)"
READ = (
    "(id, image_id, reader_id, worklist, turn, class_id, unusable, withdraws_id, late,"
    " milliseconds, report_version, idempotency_key, at)"
)
PSEUDO_LABEL = (
    "(id, sweep_id, image_id, class_id, probabilities, confidence, conflict, report_version, site,"
    " view, near_copy, unlike, not_read, guessed, status, annotation_id, decided_by, review_order,"
    " in_audit)"
)
DEVELOPMENT = "((i + 1) / 2) % 10 <> 0"
SEED = f"i % 20 IN (1, 2) AND i % 40 < 20 AND {DEVELOPMENT}"
SWEPT = f"i % 20 NOT IN (1, 2) AND {DEVELOPMENT}"
CLASS = "1 + (i * 7919 / 64) % 10 / 5 + (i * 7919 / 64) % 10 / 9"
"""Half normal, four tenths abnormal, one tenth arthroplasty."""
STATUS = (
    "CASE WHEN i * 31 % 100 < 55 THEN 'accepted' WHEN i * 31 % 100 < 90 THEN 'needs_review'"
    " WHEN i * 31 % 100 < 97 THEN 'approved' WHEN i * 31 % 100 < 99 THEN 'corrected'"
    " ELSE 'rejected' END"
)
SITE = f"'site ' || (i * 31 % {SITES})"
VIEW = "CASE i * 17 % 4 WHEN 0 THEN 'AP' WHEN 1 THEN 'PA' WHEN 2 THEN 'LATERAL' ELSE 'SKYLINE' END"

HELD = json.dumps(
    [
        {
            "region": None,
            "renditions": [
                {"kind": kind, "digest": PICTURE, "width": 8, "height": 8, "bits": 8}
                | {"window_centre": 128, "window_width": 256}
                for kind in ("model", "viewer")
            ],
        }
    ]
).replace(":", "\\:")
"""Of a held film; `text` would take a colon for a value's."""
_MOMENT = re.compile(r"AT\(([^()]*)\)")
"""`AT(seconds)`: a moment so long after the first."""
_AT = {
    "sqlite": r"strftime('%Y-%m-%d %H:%M:%S.000000', 1767225600 + \1, 'unixepoch')",
    "postgresql": r"TIMESTAMPTZ '2026-01-01 00:00+00' + (\1) * INTERVAL '1 second'",
}
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)",
    "postgresql": "WITH n AS (SELECT generate_series(1, CAST(:count AS BIGINT)) AS i)",
}


def fill(session: Session, images: int) -> None:
    """Fill a migrated, empty workspace with an archive of so many images.

    Args:
        session: an open unit of work.
        images: a multiple of 1,000.
    """
    _people_and_runs(session)
    for statement in (*_archive(), *_reading(), *_sweep(1), *_sweep(2), *_rest()):
        _insert(session, statement, images)
    session.execute(update(AuditHead).values(event_id=images // 5, digest=f"d{images // 5}"))
    for sweep_id in (1, 2):
        make_lots(session, sweep_id)
    if session.get_bind().dialect.name == "postgresql":
        _count_on(session)


def label_all(session: Session, images: int) -> None:
    """Give every image of a filled workspace a label, and a read more."""
    _insert(
        session,
        f"INSERT INTO annotation {READ} SELECT 5 * CAST(:count AS INTEGER) + i, i, 2, 'seed', 9,"
        " 1, FALSE, NULL, FALSE, 1000, 1, 'label ' || i, AT(i) FROM n",
        images,
    )
    _insert(
        session,
        "INSERT INTO reference_label (image_id, class_id, basis, at) SELECT i, 1, 'single_read',"
        " AT(i) FROM n WHERE i NOT IN (SELECT image_id FROM reference_label)",
        images,
    )


def _insert(session: Session, statement: str, images: int) -> None:
    """Execute an `INSERT ... SELECT ... FROM n`, n.i being 1 to the number of images."""
    dialect = session.get_bind().dialect.name
    into, _, rows = statement.partition(" SELECT ")
    rows = _MOMENT.sub(_AT[dialect], rows)
    session.execute(text(f"{into} {_NUMBERS[dialect]} SELECT {rows}"), {"count": images})


def _people_and_runs(session: Session) -> None:
    ended = now()
    session.add_all(User(name=f"reader {n}", role="reader") for n in range(1, READERS + 1))
    session.add_all(
        Run(
            id=number,
            kind="train_labeler" if number % 10 == 1 else "sweep" if number % 10 == 2 else "import",
            status="succeeded",
            started_at=ended,
            finished_at=ended,
            result={"imported": 1000},
        )
        for number in range(1, RUNS + 1)
    )
    session.flush()
    session.execute(
        insert(RunLogLine),
        [{"run_id": run, "text": "Imported 1,000 files."} for run in range(1, RUNS + 1)] * LINES,
    )
    session.execute(
        text("INSERT INTO label_class (id, name, position) VALUES (:id, :name, :id)"),
        [{"id": number, "name": name} for number, name in enumerate(CLASSES, 1)],
    )
    session.execute(text("INSERT INTO workspace (id, generated) VALUES (1, FALSE)"))
    for number in (1, 2):
        session.add(
            ModelVersion(
                id=number,
                role="labeler",
                method="fused",
                run_id=10 * number + 1,
                folder="",
                digest="",
                recipe={},
                training_digest="",
            )
        )
        session.flush()
        session.add(
            Sweep(
                id=number,
                run_id=10 * number + 2,
                labeler_id=number,
                tolerated_error=TOLERATED,
                selected=True,
                selection={},
            )
        )
        session.flush()


def _archive() -> Iterator[str]:
    yield (
        "INSERT INTO patient (id, key, split, nameless) SELECT i, 'p' || i, CASE WHEN i % 10 <> 0"
        " THEN 'development' ELSE 'validation' END, i % 100 = 1 FROM n WHERE i <= :count / 2"
    )
    yield (
        f"INSERT INTO patient_identity (patient_id, number, issuer, site, born, sex, manifest)"
        f" SELECT i, 'n' || i, '', {SITE}, 'b' || i % 20000, 'F', '' FROM n WHERE i <= :count / 2"
    )
    yield (
        "INSERT INTO study (id, patient_id, key, accession, report, report_version) SELECT i, i,"
        " 's' || i, 'a' || i, CASE WHEN i % 10 < 6 THEN 'Findings: the joint space is kept. No"
        " fracture. Impression: normal knee, film ' || i ELSE NULL END, CASE WHEN i % 10 < 6 THEN 1"
        " ELSE 0 END FROM n WHERE i <= :count / 2"
    )
    yield (
        f"INSERT INTO image {IMAGE} SELECT i, (i + 1) / 2, (i + 1) / 2, 'i' || i, 'a' || i,"
        f" 'b' || i, CASE WHEN i % 2 = 0 THEN 'L' ELSE 'R' END, {VIEW}, {SITE}, 2000, 2500,"
        f" {CLASS}, '{{}}', AT(i) FROM n"
    )
    for kind, width, bits in (("viewer", 2000, 12), ("model", 512, 8)):
        yield (
            "INSERT INTO rendition (image_id, kind, digest, width, height, bits, window_centre,"
            f" window_width) SELECT i, '{kind}', '{kind[0]}' || i, {width}, {width}, {bits}, 127.5,"
            " 255 FROM n"
        )


def _reading() -> Iterator[str]:
    yield (
        f"INSERT INTO worklist_item {ITEM} SELECT 'seed', i, 1, i, TRUE, FALSE,"
        f" i % 1000 = 1 FROM n WHERE {SEED}"
    )
    for turn, wanted in ((1, ""), (2, " AND ((i + 1) / 2) % 100 = 0")):
        yield (
            f"INSERT INTO worklist_item {ITEM} SELECT 'validation', i, {turn}, i, i % 2 = 0,"
            f" FALSE, FALSE FROM n WHERE NOT {DEVELOPMENT}{wanted}"
        )
    yield (
        f"INSERT INTO worklist_item {ITEM} SELECT 'adjudication', i, 1, i, i % 400 = 0, FALSE,"
        f" FALSE FROM n WHERE i % 200 = 0 AND NOT {DEVELOPMENT}"
    )
    for start, worklist, turn, reader, wanted in (
        (0, "seed", 1, "2 + i % 5", f"{SEED}"),
        (1, "validation", 1, "2 + i % 3", f"i % 2 = 0 AND NOT {DEVELOPMENT}"),
        (2, "validation", 2, "5 + i % 2", "i % 2 = 0 AND ((i + 1) / 2) % 100 = 0"),
        (3, "review", 1, "2", f"{SWEPT} AND i * 31 % 100 >= 90"),
    ):
        yield (
            f"INSERT INTO annotation {READ} SELECT {start} * CAST(:count AS INTEGER) + i, i,"
            f" {reader}, '{worklist}', {turn}, {CLASS}, FALSE, NULL, FALSE, 3000 + i % 5000, 1,"
            f" '{worklist} {turn} ' || i, AT(i) FROM n WHERE {wanted}"
        )
    yield (
        f"INSERT INTO annotation {READ} SELECT 4 * CAST(:count AS INTEGER) + i, i, 2 + i % 5,"
        " 'seed', 1, NULL, FALSE, i, FALSE, NULL, 1, 'back ' || i, AT(i + 60) FROM n"
        f" WHERE {SEED} AND i % 100 = 1"
    )
    yield (
        f"INSERT INTO reference_label (image_id, class_id, basis, at) SELECT i, {CLASS},"
        f" 'single_read', AT(i) FROM n WHERE ({SEED} AND i % 100 <> 1)"
        f" OR (i % 2 = 0 AND NOT {DEVELOPMENT}) OR ({SWEPT} AND i * 31 % 100 BETWEEN 90 AND 98)"
    )
    yield (
        "INSERT INTO lease (image_id, turn, reader_id, worklist, expires_at) SELECT i, 1,"
        f" 2 + i % 5, 'seed', AT(i) FROM n WHERE {SEED} AND i <= 800"
    )
    yield (
        "INSERT INTO skip (reader_id, worklist, image_id, at) SELECT 3, 'seed', i, AT(i)"
        f" FROM n WHERE {SEED} AND i % 500 = 1"
    )


def _sweep(sweep_id: int) -> Iterator[str]:
    status = f"CASE WHEN {sweep_id} = 1 THEN 'needs_review' ELSE {STATUS} END"
    decided = f"CASE WHEN {sweep_id} = 2 AND i * 31 % 100 >= 90 THEN"
    yield (
        f"INSERT INTO pseudo_label {PSEUDO_LABEL} SELECT {sweep_id - 1} * CAST(:count AS INTEGER)"
        f" + i, {sweep_id}, i, {CLASS}, '[0.2, 0.7, 0.1]', 0.5 + (i * 7919 % 5000) / 10000.0,"
        f" i % 50 = 0, 1, {SITE}, {VIEW}, i % 100 = 3, CASE WHEN i % 80 = 5 THEN 'site' ELSE ''"
        f" END, CASE WHEN i % 60 = 7 THEN 'nothing' ELSE '' END, FALSE, {status},"
        f" {decided} 3 * CAST(:count AS INTEGER) + i ELSE NULL END, {decided} 2 ELSE NULL END, i,"
        " FALSE FROM n"
        f" WHERE {SWEPT}"
    )


def _rest() -> Iterator[str]:
    yield (
        "INSERT INTO audit_event (id, at, user_id, action, subject, details, via, address, log_in,"
        " previous, digest) SELECT i, AT(i), 2, 'export', 'labels', '{}', 'page', '', '',"
        " 'd' || (i - 1), 'd' || i FROM n WHERE i <= :count / 5"
    )
    yield (
        'INSERT INTO quarantined_file (run_id, path, digest, film, what, "do", at) SELECT 1,'
        " 'folder/' || i, 'q' || i, '', 'This file is no film.', 'Remove it.', AT(i) FROM n"
        " WHERE i <= :count / 100"
    )
    yield (
        "INSERT INTO held_film (run_id, source_digest, state, reasons, places, arrivals, held_at)"
        f" SELECT 1, 'h' || i, 'held', '[\"text\"]', '[]', '{HELD}', AT(i) FROM n"
        " WHERE i <= :count / 200"
    )


def _count_on(session: Session) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers."""
    for table in Table.metadata.sorted_tables:
        if list(table.primary_key.columns.keys()) == ["id"]:
            session.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
                    f' (SELECT coalesce(max(id), 1) FROM "{table.name}"))'
                )
            )
