"""What a reader holds, and what the reader decides on it."""

from dataclasses import dataclass
from datetime import datetime

from app.db.reading import Annotation
from app.labels.findings import NO_REMARKS, Remarks


@dataclass(frozen=True, slots=True)
class Hold:
    """An image in a reader's hands.

    Attributes:
        reader_id: whose hands.
        image_id: the image.
        worklist: from which worklist the reader has it.
    """

    reader_id: int
    image_id: int
    worklist: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reader says of an image.

    Attributes:
        class_id: None says that the image can carry no label.
        idempotency_key: the decision's own, made by the client: sent again, it changes nothing.
        at: the moment, UTC.
        milliseconds: from the image being drawn to the decision, None where unknown.
        remarks: what the reader says besides the class.
    """

    class_id: int | None
    idempotency_key: str
    at: datetime
    milliseconds: int | None = None
    remarks: Remarks = NO_REMARKS

    def annotation(self, hold: Hold) -> Annotation:
        """Return the row that says this of the image held, not in any session."""
        return Annotation(
            image_id=hold.image_id,
            reader_id=hold.reader_id,
            worklist=hold.worklist,
            class_id=self.class_id,
            unusable=self.class_id is None,
            reason=self.remarks.reason,
            note=self.remarks.note or None,
            measurements=[each.model_dump(mode="json") for each in self.remarks.measurements]
            or None,
            milliseconds=self.milliseconds,
            idempotency_key=self.idempotency_key,
            at=self.at,
        )
