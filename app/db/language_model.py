"""The table of what a language model has answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table


class LanguageModelAnswer(Table):
    """A usable answer of a language model, kept so that each question is asked once.

    It holds no word of a report: quotes are kept as places in it.
    """

    __tablename__ = "language_model_answer"

    key: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 over the model's name, the question's digest and the text that was sent."""
    verdicts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As `models.reports.questionnaire.Verdict` has them."""
    at: Mapped[datetime] = mapped_column(default=stamp)
