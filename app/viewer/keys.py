"""Keys of a reader's own: which key does what, where the reader has changed it."""

from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from app.db.people import OwnKeys

Command = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Keys = Annotated[
    dict[Command, Annotated[list[Key], Field(min_length=1, max_length=4)]], Field(max_length=300)
]
"""Keys by command. Whether two commands share one is for the page to say: it alone knows which
commands it has."""


def own_keys(session: Session, user_id: int) -> Keys:
    """Return the keys a person has changed, by command; empty where none was."""
    row = session.get(OwnKeys, user_id)
    return row.keys if row else {}


def save_keys(session: Session, user_id: int, keys: Keys) -> None:
    """Keep a person's own keys; those kept before are forgotten."""
    row = session.get(OwnKeys, user_id)
    if row is None:
        session.add(OwnKeys(user_id=user_id, keys=keys))
    else:
        row.keys = keys
