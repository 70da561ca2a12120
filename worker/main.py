"""The kinds of run, and what carries out each."""

from app.runs import kinds
from worker import (
    adapt,
    decode_kinds,
    draw_seed,
    evaluate,
    export_model,
    network_kinds,
    pretrain,
    read_arrivals,
    sweep,
    train_classifier,
    train_labeler,
)
from worker.crop import after_crops
from worker.progress import Execute
from worker.table import does

KINDS: dict[str, Execute] = (
    decode_kinds.KINDS
    | network_kinds.KINDS
    | dict(
        (
            does(kinds.PRETRAIN, after_crops(pretrain.execute)),
            does(kinds.ADAPT, after_crops(adapt.execute)),
            does(kinds.DRAW_SEED, after_crops(draw_seed.execute)),
            does(kinds.TRAIN_LABELER, after_crops(train_labeler.execute)),
            does(kinds.SWEEP, sweep.IN_PARTS),
            does(kinds.READ_ARRIVALS, after_crops(read_arrivals.execute)),
            does(kinds.TRAIN_CLASSIFIER, after_crops(train_classifier.execute)),
            does(kinds.EVALUATE, after_crops(evaluate.execute)),
            does(kinds.EXPORT, export_model.execute),
        )
    )
)
