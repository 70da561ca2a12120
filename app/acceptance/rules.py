"""Lots of accepted pseudo-labels: made after a sweep, settled by their audit sample."""

from sqlalchemy.orm import Session


def settle_audit(session: Session, image_id: int) -> None:
    """Settle what one audit annotation, or its withdrawal, decides."""
