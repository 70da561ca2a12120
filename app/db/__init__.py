"""The tables, and how to reach them. The schema itself exists only in `migrations/`."""

from app.db import (
    archive,
    arrivals,
    classification,
    exclusion,
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
    webhooks,
    work,
    write_back,
)
from app.db.tables import Table

__all__ = [
    "Table",
    "archive",
    "arrivals",
    "classification",
    "exclusion",
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
    "webhooks",
    "work",
    "write_back",
]
