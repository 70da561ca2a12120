"""Encoders come from the hub or a folder, as safetensors, or are refused in clear words."""

import json
import sys
from pathlib import Path

import pytest
import torch
from support.text_encoders import write_encoder

from models.errors import TrainingError
from models.reports.pretrained import folder_of, library, plain, read_encoder, rebuild


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_an_encoder_is_read_from_a_folder_and_built_again_without_it(
    tmp_path: Path, kind: str
) -> None:
    encoder, tokenizer, config = read_encoder(str(write_encoder(tmp_path / "encoder", kind)))
    assert str(tmp_path) not in json.dumps(config)
    again = rebuild(json.loads(json.dumps(config)))
    again.load_state_dict(encoder.state_dict())
    ids = torch.tensor([tokenizer.encode("severe osteoarthritis").ids])
    with torch.inference_mode():
        assert torch.equal(encoder(ids).last_hidden_state, again(ids).last_hidden_state)


def test_building_an_encoder_leaves_random_numbers_alone(tmp_path: Path) -> None:
    _, _, config = read_encoder(str(write_encoder(tmp_path / "encoder")))
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    rebuild(config)
    assert torch.equal(torch.rand(3), expected)


def test_a_name_that_cannot_be_fetched_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(TrainingError, match=r"could not be fetched.*nobody/no-encoder"):
        read_encoder("nobody/no-encoder")
    with pytest.raises(TrainingError, match="could not be fetched"):
        read_encoder("/no/such/folder")


def test_what_the_hub_keeps_is_fetched_without_pickles_or_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def snapshot_download(name: str, allow_patterns: list[str]) -> str:
        asked[name] = allow_patterns
        return str(write_encoder(tmp_path / "snapshot"))

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    assert folder_of("someone/encoder") == tmp_path / "snapshot"
    filter_names = library("huggingface_hub").utils.filter_repo_objects
    offered = ["config.json", "model.safetensors", "pytorch_model.bin", "modeling.py", "vocab.txt"]
    kept = list(filter_names(offered, allow_patterns=asked["someone/encoder"]))
    assert kept == ["config.json", "model.safetensors", "vocab.txt"]


def test_an_empty_folder_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no text encoder"):
        read_encoder(str(tmp_path))


def test_weights_in_a_pickle_are_refused(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(TrainingError, match="not in safetensors"):
        read_encoder(str(folder))


def test_broken_weights_are_refused(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    (folder / "model.safetensors").write_bytes(b"not at all")
    with pytest.raises(TrainingError, match="no text encoder"):
        read_encoder(str(folder))


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    other = write_encoder(tmp_path / "other", "distilbert")
    (other / "model.safetensors").replace(folder / "model.safetensors")
    with pytest.raises(TrainingError, match="no text encoder"):
        read_encoder(str(folder))


@pytest.mark.parametrize(("kind", "width"), [("GPT2", "n_embd"), ("T5", "d_model")])
def test_a_model_that_writes_is_no_encoder(tmp_path: Path, kind: str, width: str) -> None:
    transformers = library("transformers")
    getattr(transformers, f"{kind}Config")(**{width: 64}).save_pretrained(tmp_path)
    with pytest.raises(TrainingError, match="no text encoder"):
        read_encoder(str(tmp_path))


def test_code_in_a_folder_is_never_run(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "own.py").write_text("raise SystemExit('this code ran')", "utf-8")
    with pytest.raises(TrainingError, match="no text encoder"):
        read_encoder(str(folder))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(TrainingError, match="extra `encoder`"):
        read_encoder("dmis-lab/biobert-v1.1")


def test_a_configuration_kept_names_no_path(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    config = library("transformers").AutoConfig.from_pretrained(folder)
    assert "_name_or_path" not in plain(config)
