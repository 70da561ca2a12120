"""Who gave a patient's number, where keys count, and every version of a report

No key changes. What is known of where earlier patients came from is the site of their films: a
manifest's site becomes the scope of its keys, an institution's pseudonym the site of an identity.

Revision ID: 0012
Revises: 0011
"""

import hashlib
import re
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PSEUDONYM = re.compile("P-[0-9a-f]{12}")
"""Of a DICOM PatientID. Other keys are a manifest's."""
INSTITUTION = re.compile("S-[0-9a-f]{8}")
EARLIER = "0"
"""The manifest of those that came before manifests were told apart."""
BATCH = 1000


def upgrade() -> None:
    for name in ("patient", "image"):
        scope = sa.Column("scope", sa.String(), nullable=False, server_default="")
        op.add_column(name, scope)
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"uq_{name}_key"), type_="unique")
            table.create_unique_constraint(op.f(f"uq_{name}_scope_key"), ["scope", "key"])
        op.create_index(f"ix_{name}_key", name, ["key"])
    op.add_column(
        "patient",
        sa.Column("nameless", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    accession = sa.Column("accession", sa.String(), nullable=False, server_default="")
    op.add_column("study", accession)
    op.create_index("ix_study_accession", "study", ["accession"])
    version = sa.Column("report_version", sa.Integer(), nullable=False, server_default="0")
    op.add_column("study", version)
    for name in ("annotation", "pseudo_label"):
        op.add_column(name, sa.Column("report_version", sa.Integer(), nullable=True))
    _create_tables()
    _name_patients()
    _keep_reports()


def downgrade() -> None:
    for name in ("patient", "image"):
        # Keys that only a scope keeps apart must stay apart.
        op.execute(
            f"UPDATE {name} SET key = scope || '/' || key WHERE scope <> '' AND key IN"
            f" (SELECT key FROM {name} GROUP BY key HAVING count(*) > 1)"
        )
    op.drop_table("report")
    op.drop_table("patient_identity")
    for name in ("annotation", "pseudo_label", "study"):
        op.drop_column(name, "report_version")
    op.drop_index("ix_study_accession", table_name="study")
    op.drop_column("study", "accession")
    op.drop_column("patient", "nameless")
    for name in ("patient", "image"):
        op.drop_index(f"ix_{name}_key", table_name=name)
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"uq_{name}_scope_key"), type_="unique")
            table.drop_column("scope")
            table.create_unique_constraint(op.f(f"uq_{name}_key"), ["key"])


def _create_tables() -> None:
    op.create_table(
        "patient_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        *[
            sa.Column(name, sa.String(), nullable=False)
            for name in ("number", "issuer", "site", "born", "sex", "manifest")
        ],
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_identity_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_identity")),
    )
    for column in ("patient_id", "number"):
        op.create_index(f"ix_patient_identity_{column}", "patient_identity", [column])
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_report_study_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_report_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("study_id", "version", name=op.f("uq_report_study_id_version")),
    )


def _name_patients() -> None:
    """Give each patient the identities its films tell of, and a manifest's keys their scope."""
    connection = op.get_bind()
    names = sa.table("patient_identity", *map(sa.column, _IDENTITY))
    patients = connection.execute(
        sa.text(
            "SELECT DISTINCT patient.id, patient.key, image.site FROM patient"
            " JOIN image ON image.patient_id = patient.id ORDER BY patient.id, image.site"
        )
    ).all()
    rows = [_identity(*patient) for patient in patients]
    for start in range(0, len(rows), BATCH):
        connection.execute(names.insert(), rows[start : start + BATCH])
    of_manifests = "(SELECT {} FROM patient_identity WHERE patient_identity.patient_id = {} AND manifest <> '')"
    op.execute(
        "UPDATE patient SET scope = coalesce("
        + of_manifests.format("min(site)", "patient.id")
        + ", '')"
    )
    op.execute(
        "UPDATE image SET scope = site WHERE key NOT LIKE '2.25.%' AND EXISTS"
        + of_manifests.format("1", "image.patient_id")[:-1]
        + " AND patient_identity.site = image.site)"
    )


_IDENTITY = ("patient_id", "number", "issuer", "site", "born", "sex", "manifest")


def _identity(patient: int, key: str, site: str) -> dict[str, object]:
    by_manifest = PSEUDONYM.fullmatch(key) is None
    ours = bool(INSTITUTION.fullmatch(site)) != by_manifest
    return {
        "patient_id": patient,
        "number": key,
        "issuer": "",
        "site": site if ours else "",
        "born": "",
        "sex": "",
        "manifest": EARLIER if by_manifest else "",
    }


def _keep_reports() -> None:
    """Every report there is becomes version 1, and what was labelled was labelled on it."""
    connection = op.get_bind()
    kept = sa.table(
        "report",
        sa.column("study_id"),
        sa.column("version"),
        sa.column("text"),
        sa.column("digest"),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    image = sa.table(
        "image", sa.column("study_id"), sa.column("imported_at", sa.DateTime(timezone=True))
    )
    study = sa.table("study", sa.column("id"), sa.column("report"))
    came = (
        sa.select(study.c.id, study.c.report, sa.func.min(image.c.imported_at))
        .join(image, image.c.study_id == study.c.id)
        .where(study.c.report.is_not(None))
        .group_by(study.c.id, study.c.report)
        .order_by(study.c.id)
    )
    last = 0
    while found := connection.execute(came.where(study.c.id > last).limit(BATCH)).all():
        connection.execute(kept.insert(), [_first_version(*row) for row in found])
        last = found[-1][0]
    op.execute("UPDATE study SET report_version = 1 WHERE report IS NOT NULL")
    for name in ("annotation", "pseudo_label"):
        op.execute(
            f"UPDATE {name} SET report_version = (SELECT study.report_version FROM study"
            f" JOIN image ON image.study_id = study.id WHERE image.id = {name}.image_id)"
        )


def _first_version(study_id: int, text: str, at: datetime) -> dict[str, object]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"study_id": study_id, "version": 1, "text": text, "digest": digest, "at": at}
