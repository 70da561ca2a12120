"""What is said of a film that was sent to be classified."""

from pydantic import BaseModel, Field


class Box(BaseModel):
    """A part of a film, in its pixels: the first column and row, and those after the last."""

    left: int
    top: int
    right: int
    bottom: int


class ClassifiedKnee(BaseModel):
    """What the classifier says of one knee; the OpenAPI documents each field."""

    laterality: str = Field(description="`L`, `R`, or empty where nothing says which.")
    region: Box | None = Field(description="Where it is on a film of both knees.")
    predicted: str = Field(description="The most probable class.")
    probabilities: dict[str, float] = Field(
        description="Calibrated, by the name of each class; they add up to 1."
    )
    blank: bool = Field(description="Every pixel is the same; nothing can be said.")
    unlike: bool | None = Field(
        description="Whether the film is unlike those the classifier knows, so that its"
        " probabilities mean little. Null where too few were kept apart to tell."
    )
    p_value: float | None = Field(
        description="The share of films kept apart from training, this one counted among them,"
        " that are as far from those it learned from; up to 0.02 is called unlike."
    )
    heat_map: str | None = Field(
        json_schema_extra={"contentEncoding": "base64", "contentMediaType": "image/png"},
        description="Where the networks saw the predicted class (Grad-CAM): a grey picture in the"
        " knee's proportions, 255 where most; null where nowhere.",
    )


class Classified(BaseModel):
    """What the promoted classifier says of a film."""

    model: int = Field(description="The number of the model version.")
    digest: str = Field(description="SHA-256 of its checkpoint.")
    knees: list[ClassifiedKnee] = Field(description="One, or both of a film that shows both.")
