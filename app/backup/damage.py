"""How a backup that cannot be used is refused."""

from app import errors


def damaged(how: str) -> errors.Refused:
    """Return the refusal of a file that is not, or no longer, a whole backup."""
    return errors.Refused(
        f"This is no whole backup: {how}.",
        "backup",
        "Nothing was restored. Copy the file again, or use another backup.",
    )
