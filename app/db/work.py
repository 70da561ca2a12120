"""Tables of work that is shared out: parts of runs, what these hand on, and who takes them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table, one_of

OF_PARTS = ("decode", "cpu", "gpu")
"""What parts of runs need: a process that decodes films, cores, a graphics card."""
RESOURCES = (*OF_PARTS, "network")
"""What work needs, and the queues it waits in. `network` is what reaches other machines; it has no
parts, so that one process keeps its pace."""


class Part(Table):
    """One share of a run, done by whichever worker claims it first.

    States::

        queued -> running -> succeeded | failed | cancelled
        queued -> cancelled
        running -> running     of a new owner, when the lease ran out (its worker died)
        running -> queued      when its worker was told to stop

    Every write of a running part names its owner, so a worker that lost its lease writes no more.
    """

    __tablename__ = "part"
    __table_args__ = (
        CheckConstraint(one_of("resource", *OF_PARTS), "resource"),
        CheckConstraint(
            one_of("status", "queued", "running", "succeeded", "failed", "cancelled"), "status"
        ),
        UniqueConstraint("run_id", "number"),
        Index("ix_part_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    number: Mapped[int]
    """Among the run's parts: 1, 2, ..."""
    task: Mapped[str]
    """What is to be done with it, and in which edition: `sweep/1`. A worker that does not know it
    leaves it to others."""
    resource: Mapped[str]
    """One of `OF_PARTS`."""
    range: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the part is of; each kind of run documents its own."""
    status: Mapped[str] = mapped_column(default="queued")
    owner: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    """Workers that have taken it since it last got on."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Figures for the end of the run."""
    failure: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """`what`, `where`, `do`: the reason a person can act on."""
    started_at: Mapped[datetime | None]
    """When its owner took it."""
    finished_at: Mapped[datetime | None]


class DecodedBatch(Table):
    """Some files of an import that one part has decoded and that are not registered yet.

    Parts decode in any order; files are registered in the order in which they were found. Of an
    import that has ended there are none.
    """

    __tablename__ = "decoded_batch"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    """The place of the first of them among the files of the import, from 0."""
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As `app.imports.decoded` writes them. No file is named."""


class ImportTally(Table):
    """How far an import has registered its files, while it lasts."""

    __tablename__ = "import_tally"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    registered: Mapped[int] = mapped_column(default=0)
    """Of its files, in their order, how many are done with: where registering goes on."""
    there: Mapped[int] = mapped_column(default=0)
    """How many are in the archive, now or before; held films among them."""
    put_aside: Mapped[int] = mapped_column(default=0)
    """How many are not."""
    reasons: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """How often each reason was given."""


class DecodeCount(Table):
    """One figure of how long decoding took, of all processes together, as workers count it."""

    __tablename__ = "decode_count"

    what: Mapped[str] = mapped_column(primary_key=True)
    """`decoded`, `seconds` or `refused`, see `app.imaging.decode_times.Counts`."""
    part: Mapped[str] = mapped_column(primary_key=True)
    """The bucket or the kind; else empty."""
    value: Mapped[float]


class Worker(Table):
    """A process that takes work, as it says itself every few seconds."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(primary_key=True)
    """Drawn at its start; the owners it claims work by begin with it."""
    host: Mapped[str]
    pid: Mapped[int]
    version: Mapped[str]
    """Of the program."""
    queues: Mapped[list[str]] = mapped_column(JSON)
    """Of `RESOURCES`."""
    threads: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(default=stamp)
    seen_at: Mapped[datetime] = mapped_column(default=stamp, index=True)
