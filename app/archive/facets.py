"""What the archive is filtered by: the facets of an image, and what is asked for of each.

A facet has one value for each image, a short text that an address can hold. Of an image that is
read blind the facets that follow from reads or from the labeler all say `blind`: neither a count
nor an order then tells what was said of it.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.texts import noop

NONE, BLIND, UNUSABLE = "none", "blind", "unusable"
BANDS = ("0-50", "50-60", "60-70", "70-80", "80-90", "90-95", "95-100")
"""Of the probability of the predicted class, in per cent; each holds its lower limit."""
Sort = Literal["newest", "oldest", "unsure", "sure", "disagreement"]


@dataclass(frozen=True)
class Facet:
    """One thing the archive is filtered by.

    Attributes:
        name: in an address.
        title: on the page, to be looked up.
        told: whether it follows from what readers or the labeler said.
    """

    name: str
    title: str
    told: bool = False


FACETS = (
    Facet("label", noop("Label"), told=True),
    Facet("basis", noop("Label given by"), told=True),
    Facet("predicted", noop("Pseudo-label"), told=True),
    Facet("status", noop("Status of the pseudo-label"), told=True),
    Facet("against", noop("Label against pseudo-label"), told=True),
    Facet("conflict", noop("Report against film"), told=True),
    Facet("confidence", noop("Confidence"), told=True),
    Facet("waits", noop("Waits on a worklist")),
    Facet("excluded", noop("Excluded")),
    Facet("split", noop("Split")),
    Facet("site", noop("Site")),
    Facet("view", noop("View")),
    Facet("side", noop("Side")),
    Facet("vendor", noop("Vendor")),
    Facet("imported", noop("Imported")),
)
NAMES = tuple(facet.name for facet in FACETS)
TOLD = tuple(facet.name for facet in FACETS if facet.told)
"""Those that follow from what was said."""
Values = Annotated[
    tuple[Annotated[str, Field(max_length=300)], ...],
    AfterValidator(lambda given: tuple(dict.fromkeys(given))),
    Field(max_length=50),
]


class Wanted(BaseModel):
    """Which images are wanted, and in which order; a facet without a value asks nothing."""

    model_config = ConfigDict(frozen=True)

    q: Annotated[str, Field(max_length=5000)] = ""
    """Keys of images, studies, accessions or patients, or numbers of images, apart by spaces."""
    sort: Sort = "newest"
    label: Values = ()
    """Ids of classes, `none`, `unusable` or `blind`."""
    basis: Values = ()
    predicted: Values = ()
    """Ids of classes, `none` or `blind`."""
    status: Values = ()
    against: Values = ()
    conflict: Values = ()
    confidence: Values = ()
    waits: Values = ()
    excluded: Values = ()
    """`none`, or why: `quality`, `content`, `duplicate`, `other`."""
    split: Values = ()
    site: Values = ()
    """As the films have it; empty for those whose site is unknown."""
    view: Values = ()
    side: Values = ()
    vendor: Values = ()
    imported: Values = ()
    """Years or months, `2026` or `2026-03`."""

    @cached_property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """What is asked for, by facet; those that ask nothing are left out."""
        return {name: values for name in NAMES if (values := getattr(self, name))}

    @property
    def as_json(self) -> str:
        """What is asked for, without the order: what a page names all that fit by."""
        asked = self.chosen | ({"q": self.q} if self.q else {})
        return json.dumps(asked, ensure_ascii=False)
