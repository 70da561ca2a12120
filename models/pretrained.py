"""Pretrained text encoders: from the Hugging Face hub or a folder, safetensors only.

transformers is an extra and takes seconds to import, so it is imported where it is needed.
"""

import importlib
import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.errors import TrainingError

WANTED = ["config.json", "model*.safetensors*", "tokenizer*", "vocab*", "merges.txt"]
WANTED += ["special_tokens_map.json", "added_tokens.json", "*.model"]


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
        encoder, report = transformers.AutoModel.from_pretrained(
            folder,
            config=config,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            **options,
        )
        lacking = [key for key in report["missing_keys"] if not key.startswith("pooler.")]
    except Exception as error:
        # What is in a folder of somebody else's can fail in every way there is.
        raise _no_encoder(where, type(error).__name__) from error
    if lacking or report["mismatched_keys"]:
        raise _no_encoder(where, "weights that fit the configuration")
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise _no_encoder(where, "a tokenizer.json or vocab.txt")
    fast.no_truncation()
    fast.no_padding()
    return encoder.eval(), fast, plain(config)


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
