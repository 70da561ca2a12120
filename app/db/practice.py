"""Tables of the practice set: films with known answers, and what readers said of them.

What is said here is said nowhere else: labels, agreement, trainings and exports go by annotations,
and no practice answer is one.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table


class PracticeFilm(Table):
    """A film of the practice set, with the label it stood under when it was chosen."""

    __tablename__ = "practice_film"

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    """The known answer."""
    added_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=stamp)


class PracticeTerms(Table):
    """What is asked of readers before they read for real: one row, or none."""

    __tablename__ = "practice_terms"
    __table_args__ = (
        CheckConstraint("id = 1", "one_row"),
        CheckConstraint("needed >= 1", "needed"),
        CheckConstraint("NOT required OR needed IS NOT NULL", "required"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    needed: Mapped[int | None]
    """Answers that must be right to pass; None where nobody passes or fails."""
    required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the seed set opens to a reader only after passing."""


class PracticeAttempt(Table):
    """One reader's way through the practice set, from its first film to its last."""

    __tablename__ = "practice_attempt"
    __table_args__ = (NUMBERED_ONCE,)

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(default=stamp)
    ended_at: Mapped[datetime | None]
    """None while films of it are left to answer."""


class PracticeAnswer(Table):
    """What a reader said of a film in one attempt, and what was known of it then."""

    __tablename__ = "practice_answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("practice_attempt.id"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True, index=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("label_class.id"))
    """None where the reader said that the film can carry no label, which is never right."""
    known_class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    guideline_version: Mapped[int | None] = mapped_column(ForeignKey("guideline.version"))
    """The rules the reader was told with the answer; None where there were none."""
    milliseconds: Mapped[int | None]
    """From the film being drawn to the answer."""
    at: Mapped[datetime] = mapped_column(default=stamp)
