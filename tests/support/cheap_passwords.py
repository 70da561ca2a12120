"""Passwords hashed at next to no cost: many tests log in, and the real hash is slow on purpose."""

from argon2 import PasswordHasher

from app.accounts import passwords

DEAR, DEAR_OF_NOBODY = passwords._hasher, passwords.NOBODY
"""The product's."""


def hash_cheaply() -> None:
    """Let this process hash passwords with the least work that argon2id can have."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords.NOBODY = passwords.hash_password("no password is ever compared with this")
