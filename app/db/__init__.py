"""The tables, and how to reach them. The schema itself exists only in `migrations/`."""

from app.db import (
    archive,
    exclusion,
    arrivals,
    guideline,
    imports,
    learning,
    people,
    practice,
    privacy,
    reading,
    registry,
    removal,
    review,
    work,
)
from app.db.tables import Table

__all__ = [
    "Table",
    "archive",
    "exclusion",
    "arrivals",
    "guideline",
    "imports",
    "learning",
    "people",
    "practice",
    "privacy",
    "reading",
    "registry",
    "removal",
    "review",
    "work",
]
