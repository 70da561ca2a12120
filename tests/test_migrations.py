"""The schema exists only in the migrations, and they go both ways."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from app.db import Table
from app.db.archive import Patient
from app.db.engine import Database, migrate, migrations, open_engine


def begin_at(url: str, revision: str) -> None:
    """Build a database anew up to a revision, which is sooner done than taking the others back."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        Path(place.database or "").unlink()
    else:
        engine = open_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        engine.dispose()
    migrate(url, revision)


def test_the_migrations_make_exactly_the_tables_the_code_declares(database: Database) -> None:
    with database.kw["bind"].connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []


def test_a_migration_keeps_rows_that_point_to_each_other_and_the_checks(database_url: str) -> None:
    migrate(database_url, "base")
    migrate(database_url, "0001")
    engine = open_engine(database_url)
    at = "'2026-01-01 00:00:00'"
    with engine.begin() as connection:
        for statement in (
            f"""INSERT INTO "user" VALUES (1, 'rosa', 'reader', NULL, TRUE, 0, NULL, {at})""",
            "INSERT INTO label_class VALUES (1, 'normal', 1)",
            "INSERT INTO patient VALUES (1, 'p', 'development')",
            "INSERT INTO study VALUES (1, 1, 's', NULL)",
            "INSERT INTO image (id, study_id, patient_id, key, source_digest, stored_digest,"
            " laterality, view, width, height, details, imported_at)"
            f" VALUES (1, 1, 1, 'i', 'a', 'b', '', '', 1, 1, '{{}}', {at})",
            "INSERT INTO worklist_item VALUES (1, 'seed', 1, 1, TRUE, FALSE)",
            f"INSERT INTO annotation VALUES (1, 1, 1, 'seed', NULL, TRUE, NULL, 9, 'k1', {at})",
            f"INSERT INTO annotation VALUES (2, 1, 1, 'seed', NULL, FALSE, 1, 9, 'k2', {at})",
        ):
            connection.exec_driver_sql(statement)
    migrate(database_url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT id, withdraws_id, turn, reason FROM annotation ORDER BY id"
        )
        assert [tuple(row) for row in rows] == [(1, None, 1, None), (2, 1, 1, None)]
        assert connection.exec_driver_sql("SELECT turn FROM worklist_item").scalar() == 1
    with pytest.raises(IntegrityError, match="says_one_thing"), engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO annotation (image_id, reader_id, worklist, turn, unusable,"
            f" idempotency_key, at) VALUES (1, 1, 'seed', 1, FALSE, 'k3', {at})"
        )
    migrate(database_url, "0001")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM annotation").scalar() == 2
    engine.dispose()


def test_a_site_among_the_details_of_an_earlier_import_becomes_the_site(database_url: str) -> None:
    begin_at(database_url, "0006")
    engine = open_engine(database_url)
    details = ['{"site": "Rome", "kl_grade": "2"}', '{"Modality": "DX"}', "{}"]
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO patient VALUES (1, 'p', 'development')")
        connection.exec_driver_sql("INSERT INTO study VALUES (1, 1, 's', NULL)")
        for number, kept in enumerate(details):
            connection.exec_driver_sql(
                "INSERT INTO image (study_id, patient_id, key, source_digest, stored_digest,"
                " laterality, view, width, height, details, imported_at) VALUES (1, 1,"
                f" 'i{number}', 'a{number}', 'b', '', '', 1, 1, '{kept}', '2026-01-01 00:00:00')"
            )
    migrate(database_url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT site FROM image ORDER BY key")
        assert [site for (site,) in rows] == ["Rome", "", ""]
    engine.dispose()


def test_independent_reads_that_were_all_made_are_final(database_url: str) -> None:
    begin_at(database_url, "0009")
    engine = open_engine(database_url)
    items = (
        # worklist, image, turn, done
        ("seed", 1, 1, "TRUE"),
        ("seed", 1, 2, "TRUE"),
        ("seed", 2, 1, "TRUE"),
        ("seed", 2, 2, "FALSE"),
        ("seed", 3, 1, "TRUE"),
        ("adjudication", 1, 1, "FALSE"),
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO patient VALUES (1, 'p', 'development')")
        connection.exec_driver_sql("INSERT INTO study VALUES (1, 1, 's', NULL)")
        for number in (1, 2, 3):
            connection.exec_driver_sql(
                "INSERT INTO image (id, study_id, patient_id, key, source_digest, stored_digest,"
                " laterality, view, width, height, details, imported_at) VALUES"
                f" ({number}, 1, 1, 'i{number}', 'a{number}', 'b', '', '', 1, 1, '{{}}',"
                " '2026-01-01 00:00:00')"
            )
        for worklist, image, turn, done in items:
            connection.exec_driver_sql(
                "INSERT INTO worklist_item (worklist, image_id, turn, position, done, calibration)"
                f" VALUES ('{worklist}', {image}, {turn}, {image}, {done}, FALSE)"
            )
    migrate(database_url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT worklist, image_id FROM worklist_item WHERE final ORDER BY turn"
        )
        assert [tuple(row) for row in rows] == [("seed", 1)] * 2
    engine.dispose()


def test_earlier_patients_keep_their_keys_and_are_named_by_what_their_films_tell(
    database_url: str,
) -> None:
    begin_at(database_url, "0011")
    engine = open_engine(database_url)
    at = "'2026-01-01 00:00:00'"
    films = [
        # patient, key of the patient, key of the image, site
        (1, "P-0123456789ab", "2.25.1", "S-01234567"),
        (2, "P-123456789abc", "2.25.2", ""),
        (3, "p1", "i1", "Rome"),
        (4, "p2", "i2", ""),
        (5, "p3", "2.25.3", "S-01234567"),
    ]
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO label_class VALUES (1, 'normal', 1)")
        connection.exec_driver_sql(
            f"""INSERT INTO "user" VALUES (1, 'rosa', 'reader', NULL, TRUE, 0, NULL, {at})"""
        )
        for number, patient, image, site in films:
            for statement in (
                f"INSERT INTO patient VALUES ({number}, '{patient}', 'development')",
                f"INSERT INTO study VALUES ({number}, {number}, 's', 'Worn {number}.')",
                "INSERT INTO image (id, study_id, patient_id, key, source_digest, stored_digest,"
                " laterality, view, site, width, height, details, imported_at) VALUES"
                f" ({number}, {number}, {number}, '{image}', 'd{number}', 'b', '', '', '{site}',"
                f" 1, 1, '{{}}', {at})",
                "INSERT INTO annotation (image_id, reader_id, worklist, turn, class_id, unusable,"
                f" idempotency_key, at) VALUES ({number}, 1, 'seed', 1, 1, FALSE, 'k{number}',"
                f" {at})",
            ):
                connection.exec_driver_sql(statement)
    migrate(database_url)
    with engine.connect() as connection:

        def rows(query: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

        assert rows("SELECT key, scope FROM patient ORDER BY id") == [
            ("P-0123456789ab", ""),
            ("P-123456789abc", ""),
            ("p1", "Rome"),
            ("p2", ""),
            ("p3", ""),
        ]
        scopes = rows("SELECT scope FROM image ORDER BY id")
        assert scopes == [("",), ("",), ("Rome",), ("",), ("",)]
        assert rows("SELECT number, site, manifest FROM patient_identity ORDER BY patient_id") == [
            ("P-0123456789ab", "S-01234567", ""),
            ("P-123456789abc", "", ""),
            ("p1", "Rome", "0"),
            ("p2", "", "0"),
            ("p3", "", "0"),
        ]
        assert rows("SELECT version, text FROM report ORDER BY study_id") == [
            (1, f"Worn {number}.") for number, *_ in films
        ]
        assert rows("SELECT DISTINCT report_version FROM study") == [(1,)]
        assert rows("SELECT DISTINCT report_version FROM annotation") == [(1,)]
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO patient (id, scope, key, split) VALUES (9, 'Oslo', 'p1', 'development')"
        )
    config = migrations()
    config.attributes["url"] = database_url
    command.downgrade(config, "0011")
    with engine.connect() as connection:
        keys = connection.exec_driver_sql(
            "SELECT key FROM patient WHERE id IN (1, 3, 9) ORDER BY id"
        )
        assert [key for (key,) in keys] == ["P-0123456789ab", "Rome/p1", "Oslo/p1"]
    engine.dispose()


def test_what_the_audit_log_told_of_draws_and_promotions_gets_rows(database_url: str) -> None:
    begin_at(database_url, "0023")
    engine = open_engine(database_url)
    at = "'2026-01-01 00:00:00'"
    events = (
        ("draw seed set", "seed", '{"images": 5}'),
        ("draw seed set", "run 1", '{"images": 7}'),
        ("promote labeler", "model 1", '{"replaced": null}'),
        ("promote labeler", "model 2", '{"replaced": 1}'),
        ("roll back labeler", "model 2", '{"now": 1}'),
    )
    with engine.begin() as connection:
        for number in (1, 2):
            connection.exec_driver_sql(
                "INSERT INTO run (id, kind, status, parameters, attempts, done, total, message,"
                f" cancel_requested, result, created_at) VALUES ({number}, 'draw_seed',"
                f" 'succeeded', '{{}}', 1, 0, 0, '', FALSE, '{{}}', {at})"
            )
            connection.exec_driver_sql(
                "INSERT INTO model_version (id, role, method, run_id, folder, digest, recipe,"
                f" metrics, training_digest, doubtful, created_at) VALUES ({number}, 'labeler',"
                f" 'text', {number}, 'f', '{number}', '{{}}', '{{}}', 't', '', {at})"
            )
        for action, subject, details in events:
            connection.exec_driver_sql(
                "INSERT INTO audit_event (at, action, subject, details) VALUES"
                f" ({at}, '{action}', '{subject}', '{details}')"
            )
    migrate(database_url)
    with engine.connect() as connection:
        draws = connection.exec_driver_sql("SELECT run_id, images FROM seed_draw")
        assert [tuple(row) for row in draws] == [(1, 7)]
        told = "SELECT model_group, version_id, replaced_id FROM promotion ORDER BY id"
        promotions = connection.exec_driver_sql(told)
        assert [tuple(row) for row in promotions] == [("labeler", 1, None), ("labeler", 2, 1)]
    engine.dispose()


def test_films_that_are_there_are_of_the_import_that_ran_or_held_them(database_url: str) -> None:
    begin_at(database_url, "0025")
    engine = open_engine(database_url)
    run = (
        "INSERT INTO run (id, kind, status, parameters, attempts, done, total, message,"
        " cancel_requested, result, created_at, started_at, finished_at) VALUES ({id}, 'import',"
        " 'succeeded', '{{}}', 1, 0, 0, '', FALSE, '{{}}', '2026-01-0{id} 00:00:00',"
        " '2026-01-0{id} 00:00:00', '2026-01-0{id} 10:00:00')"
    )
    # number, and when it came: in each of two imports, between them, and after it was held
    films = [(1, "01 05"), (2, "02 05"), (3, "01 12"), (4, "02 06")]
    with engine.begin() as connection:
        for number in (1, 2):
            connection.exec_driver_sql(run.format(id=number))
        connection.exec_driver_sql(
            "INSERT INTO patient (id, key, split) VALUES (1, 'p', 'development')"
        )
        connection.exec_driver_sql("INSERT INTO study (id, patient_id, key) VALUES (1, 1, 's')")
        for number, at in films:
            connection.exec_driver_sql(
                "INSERT INTO image (id, study_id, patient_id, key, source_digest, stored_digest,"
                " laterality, view, width, height, details, imported_at) VALUES"
                f" ({number}, 1, 1, 'i{number}', 'a{number}', 'b', '', '', 1, 1, '{{}}',"
                f" '2026-01-{at}:00:00')"
            )
        connection.exec_driver_sql(
            "INSERT INTO held_film (id, run_id, source_digest, state, reasons, places, held_at)"
            " VALUES (1, 1, 'a4', 'released', '[]', '[]', '2026-01-01 05:00:00')"
        )
    migrate(database_url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id, run_id FROM image ORDER BY id")
        assert [tuple(row) for row in rows] == [(1, 1), (2, 2), (3, None), (4, 1)]
    engine.dispose()


def test_no_row_gets_the_number_of_one_that_was_removed(database: Database) -> None:
    numbered_once = [
        name
        for name, table in Table.metadata.tables.items()
        if table.dialect_options["sqlite"]["autoincrement"]
    ]
    assert "image" in numbered_once
    with database.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            for name in numbered_once:
                made = session.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = '{name}'"))
                assert "AUTOINCREMENT" in made, name
        for _ in range(2):
            patient = Patient(key="p", split="development")
            session.add(patient)
            session.flush()
            number = patient.id
            session.delete(patient)
            session.flush()
    assert number == 2
