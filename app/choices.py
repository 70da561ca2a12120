"""What may be chosen on the command line."""

from enum import StrEnum


class SeedSelection(StrEnum):
    """How seed patients are chosen."""

    random = "random"
    diverse = "diverse"


class Role(StrEnum):
    """What a person may do."""

    reader = "reader"
    admin = "admin"


class Export(StrEnum):
    """What can be exported."""

    labels = "labels"
    reads = "reads"
    pseudo_labels = "pseudo-labels"
    audit = "audit"
    provenance = "provenance"
    model = "model"


class Format(StrEnum):
    """How a table or a model is written."""

    csv = "csv"
    json = "json"
    onnx = "onnx"
    safetensors = "safetensors"


TABLE_FORMATS = (Format.csv, Format.json)
MODEL_FORMATS = (Format.onnx, Format.safetensors)
