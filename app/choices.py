"""What may be chosen on the command line."""

from enum import StrEnum


class Method(StrEnum):
    """What a labeler reads."""

    text = "text"
    image = "image"
    language_model = "language_model"
    fused = "fused"


class SeedSelection(StrEnum):
    """How seed patients are chosen."""

    random = "random"
    diverse = "diverse"


class Kind(StrEnum):
    """The runs of a round that follow the import."""

    pretrain = "pretrain"
    adapt = "adapt"
    draw_seed = "draw-seed"
    train_labeler = "train-labeler"
    sweep = "sweep"
    train_classifier = "train-classifier"
    evaluate = "evaluate"


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
    model = "model"


class Format(StrEnum):
    """How a table or a model is written."""

    csv = "csv"
    json = "json"
    onnx = "onnx"
    safetensors = "safetensors"


TABLE_FORMATS = (Format.csv, Format.json)
MODEL_FORMATS = (Format.onnx, Format.safetensors)
