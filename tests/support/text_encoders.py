"""Tiny encoders on disk, as `save_pretrained` of transformers writes real ones."""

from pathlib import Path

import torch
from support.models_films import REPORTS

from models.reports import clean
from models.reports.pretrained import library

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def write_encoder(folder: Path, kind: str = "bert", head: str = "AutoModel") -> Path:
    """Write an untrained encoder that knows the words of the tests' reports.

    Args:
        folder: made.
        kind: "bert", "distilbert" or "roberta", whose configurations name things differently.
        head: of transformers: what of a network is written.
    """
    transformers = library("transformers")
    words = sorted({word for report in REPORTS for word in clean(report).split()})
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join([*SPECIAL, *words]), "utf-8")
    if kind == "distilbert":
        config = transformers.DistilBertConfig(
            vocab_size=len(words) + 5, dim=32, n_layers=1, n_heads=2, hidden_dim=64
        )
    else:
        known = transformers.RobertaConfig if kind == "roberta" else transformers.BertConfig
        config = known(
            vocab_size=len(words) + 5,
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=40,
        )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        getattr(transformers, head).from_config(config).save_pretrained(folder)
    transformers.BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder
