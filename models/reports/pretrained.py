"""Pretrained text encoders: from the Hugging Face hub or a folder, safetensors only.

A folder may also hold an encoder that was adapted here: one of our checkpoints.

transformers is an extra and takes seconds to import, so it is imported where it is needed.
"""

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.checkpoint import FACTS, read_checkpoint
from models.errors import TrainingError

WANTED = ["config.json", "model*.safetensors*", "tokenizer*", "vocab*", "merges.txt"]
WANTED += ["special_tokens_map.json", "added_tokens.json", "*.model"]
ADAPTED = "encoder"
"""The part of a checkpoint that holds an adapted encoder."""


def library(name: str) -> Any:
    """Import a library of the extra `encoder`.

    Args:
        name: "transformers", "tokenizers" or "huggingface_hub".

    Returns:
        The module.

    Raises:
        TrainingError: if the extra is not installed.
    """
    # transformers imports torchvision by itself, which has to go through the one door first.
    importlib.import_module("models.vision")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise TrainingError(
            "Reading reports with an encoder needs a library that is not installed.",
            name,
            "Install Condyle with its extra `encoder`, or leave CONDYLE_TEXT_ENCODER empty.",
        ) from error


def read_encoder(name: str) -> tuple[nn.Module, Any, dict[str, Any]]:
    """Read a pretrained encoder.

    No code and no pickle of a model is ever run: custom code is off, and weights must be
    safetensors. Files are fetched by name before anything is loaded from them, because
    transformers would otherwise ask a service on the internet to convert other weights.

    Args:
        name: on the hub, or a folder as transformers' `save_pretrained` writes it.

    Returns:
        The encoder, float32, in evaluation mode on the CPU; its tokenizer (`tokenizers`), which
        neither cuts nor pads; and its configuration, as JSON can hold it.

    Raises:
        TrainingError: if the extra is not installed, the files cannot be had or are not those of
            an encoder, or the weights are not safetensors.
    """
    if (Path(name) / FACTS).is_file():
        return _adapted(Path(name))
    encoder, tokenizer, config = _loaded(name, "AutoModel")
    return encoder, tokenizer.backend_tokenizer, plain(config)


@dataclass(frozen=True)
class Guesser:
    """An encoder with the layer it guesses hidden tokens by.

    Attributes:
        network: for masked-language training.
        tokenizer: of the library `tokenizers`; neither cuts nor pads.
        config: the encoder's, to build it again.
        mask: number of the token that stands for a hidden one.
        marks: numbers of all tokens that are no words.
        words: how many tokens it knows.
    """

    network: nn.Module
    tokenizer: Any
    config: dict[str, Any]
    mask: int
    marks: frozenset[int]
    words: int


def read_guesser(name: str) -> Guesser:
    """Read a pretrained encoder for masked-language training, as safely as `read_encoder`.

    Args:
        name: as there. Weights that come without the layer that guesses get a new one, by the
            random numbers of torch.

    Raises:
        TrainingError: as there, or if it is not made to guess hidden tokens.
    """
    network, tokenizer, config = _loaded(name, "AutoModelForMaskedLM")
    last = network.get_output_embeddings()  # type: ignore[operator]
    if tokenizer.mask_token_id is None or last is None:
        raise _no_encoder(name_of(name), "a mask token, and a layer that guesses what it hides")
    known = plain(config)
    encoder_within(network, known)  # refuses now, and not when hours have gone
    return Guesser(
        network,
        tokenizer.backend_tokenizer,
        known,
        tokenizer.mask_token_id,
        frozenset(tokenizer.all_special_ids),
        config.vocab_size,
    )


def encoder_within(network: nn.Module, config: dict[str, Any]) -> dict[str, Tensor]:
    """Return the tensors of the encoder inside a network of `read_guesser`.

    Args:
        network: whose layer that guesses is left out. What an encoder has beyond it, such as a
            pooler, is new and the same every time; nothing here reads it.
        config: the encoder's.

    Raises:
        TrainingError: if that encoder is not what labelers would build from the configuration.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = rebuild(config)
    inner = network.base_model.state_dict()  # type: ignore[union-attr]
    lacking, unknown = encoder.load_state_dict(inner, strict=False)
    if unknown or any(not key.startswith("pooler.") for key in lacking):
        raise _no_encoder(config["model_type"], "an encoder of its own within what guesses words")
    return dict(encoder.state_dict())


def name_of(name: str) -> str:
    """Say which encoder a recipe's `text_encoder` is, without the way to its folder.

    Args:
        name: a folder, a name on the hub, or "" for none.

    Returns:
        For one that was adapted, what its checkpoint says of it.
    """
    folder = Path(name)
    if not name or not folder.is_dir():
        return name
    if (folder / FACTS).is_file():
        return str(json.loads((folder / FACTS).read_text("utf-8")).get("name", folder.name))
    return folder.resolve().name


def _adapted(folder: Path) -> tuple[nn.Module, Any, dict[str, Any]]:
    parts, facts = read_checkpoint(folder)
    if ADAPTED not in parts:
        raise _no_encoder(folder.name, "an encoder; it is another kind of checkpoint")
    encoder = rebuild(facts["encoder"])
    encoder.load_state_dict(parts[ADAPTED])
    tokenizer = library("tokenizers").Tokenizer.from_str(json.dumps(facts["tokenizer"]))
    return encoder, tokenizer, facts["encoder"]


def _loaded(name: str, kind: str) -> tuple[nn.Module, Any, Any]:
    """Load a network of one of transformers' kinds, with its tokenizer and configuration."""
    transformers = library("transformers")
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    folder = folder_of(name)
    where = folder.name if Path(name).is_dir() else name
    config = _config(transformers, folder, where)
    if not any(folder.glob("*.safetensors")):
        raise TrainingError(
            "The encoder's weights are not in safetensors, the only format that is read.",
            where,
            "Convert them once: load the model with transformers on a machine you trust, write it "
            "with save_pretrained, and name that folder.",
        )
    options = {"trust_remote_code": False, "local_files_only": True}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, use_fast=True, **options)
        network, report = getattr(transformers, kind).from_pretrained(
            folder,
            config=config,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            **options,
        )
    except Exception as error:
        # What is in a folder of somebody else's can fail in every way there is.
        raise _no_encoder(where, type(error).__name__) from error
    if _lacks_more_than_a_head(network, report["missing_keys"]) or report["mismatched_keys"]:
        raise _no_encoder(where, "weights that fit the configuration")
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise _no_encoder(where, "a tokenizer.json or vocab.txt")
    fast.no_truncation()
    fast.no_padding()
    return network.eval(), tokenizer, config


def _lacks_more_than_a_head(network: Any, missing: list[str]) -> bool:
    """Whether weights of the encoder itself are missing; head and pooler are made anew."""
    own = "" if network.base_model is network else f"{network.base_model_prefix}."
    inner = [key.removeprefix(own) for key in missing if key.startswith(own)]
    return any(not key.startswith("pooler.") for key in inner)


def folder_of(name: str) -> Path:
    """Return the folder of an encoder, fetched from the hub unless it is one already.

    Args:
        name: a folder, or a name on the hub; what was fetched before is not fetched again.

    Raises:
        TrainingError: if it is neither a folder nor to be had.
    """
    if Path(name).is_dir():
        return Path(name)
    hub = library("huggingface_hub")
    # The hub's client has a dozen kinds of errors, of three libraries; all mean the same here.
    try:
        return Path(hub.snapshot_download(name, allow_patterns=WANTED))
    except Exception as error:
        raise TrainingError(
            "The text encoder is no folder here, and could not be fetched from the hub.",
            f"{name}, {type(error).__name__}",
            "Check the name and that this machine may reach huggingface.co, or copy the model "
            "here and name its folder.",
        ) from error


def rebuild(config: dict[str, Any]) -> nn.Module:
    """Build an encoder from its configuration alone; its weights are still to be loaded."""
    transformers = library("transformers")
    known = transformers.AutoConfig.for_model(**config)
    with torch.random.fork_rng(devices=[]):
        network: nn.Module = transformers.AutoModel.from_config(known, trust_remote_code=False)
    return network.eval()


def plain(config: Any) -> dict[str, Any]:
    """Return a configuration as JSON values, without paths and references to code."""
    values: dict[str, Any] = json.loads(config.to_json_string(use_diff=False))
    for name in ("_name_or_path", "auto_map", "id2label", "label2id"):
        values.pop(name, None)
    return values


def _config(transformers: Any, folder: Path, where: str) -> Any:
    try:
        config = transformers.AutoConfig.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    except Exception as error:
        raise _no_encoder(where, "a config.json that transformers knows") from error
    masked = transformers.models.auto.modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if config.model_type not in masked or config.is_encoder_decoder:
        raise _no_encoder(where, f"an encoder; it is `{config.model_type}`")
    return config


def _no_encoder(where: str, lacking: str) -> TrainingError:
    return TrainingError(
        "This is no text encoder that can be used.",
        f"{where}: {lacking}",
        "Name a BERT-like encoder such as BioBERT or RadBERT, as save_pretrained writes it.",
    )
