"""Tables of the guideline: the practice's written rules of reading, version by version."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import Table


class Guideline(Table):
    """One published version. Versions are never changed: a read names the one it was made by."""

    __tablename__ = "guideline"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    text: Mapped[str]
    """What holds for every film."""
    change: Mapped[str]
    """What is different from the version before, in the admin's words."""
    published_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(default=stamp)


class GuidelineRule(Table):
    """What one version says of one class."""

    __tablename__ = "guideline_rule"

    version: Mapped[int] = mapped_column(ForeignKey("guideline.version"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"), primary_key=True)
    text: Mapped[str]


class GuidelineExample(Table):
    """A film that one version shows as an example of a class."""

    __tablename__ = "guideline_example"

    version: Mapped[int] = mapped_column(ForeignKey("guideline.version"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True, index=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    position: Mapped[int]
    caption: Mapped[str]
    """What to look at."""
