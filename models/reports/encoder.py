"""The report labeler's other half: a pretrained text encoder with a linear head."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.film import Film
from models.machine import computes_in_bf16, device
from models.progress import OnProgress, ShouldStop, check, never, silent
from models.reports.pretrained import library, rebuild
from models.reports.text import cleaned

AT_ONCE = 32
HEAD_SHARE = 0.25
"""Of a report too long for the encoder: how much of what is kept is its beginning."""
DROPOUT = 0.1


@dataclass(frozen=True)
class Tokens:
    """Turns reports into rows of token numbers.

    Attributes:
        tokenizer: of the library `tokenizers`; neither cuts nor pads.
        limit: the most tokens of a row, marks at both ends counted.
    """

    tokenizer: Any
    limit: int

    def row(self, report: str) -> list[int]:
        """Return a cleaned report's token numbers.

        Of a report that is too long the first quarter and the last three quarters of the limit
        are kept: the impression stands at the end (head and tail, Sun et al., CCL 2019,
        arXiv 1905.05583).

        Args:
            report: as `models.reports.clean` returns it.
        """
        words = report.split()
        if len(words) > 2 * self.limit:
            words = words[: self.limit] + words[-self.limit :]
        found = self.tokenizer.encode(" ".join(words))
        inner = [number for number, mark in enumerate(found.special_tokens_mask) if not mark]
        first, last = (inner[0], inner[-1] + 1) if inner else (len(found.ids), len(found.ids))
        start, body, end = found.ids[:first], found.ids[first:last], found.ids[last:]
        room = self.limit - len(start) - len(end)
        if len(body) > room:
            head = int(room * HEAD_SHARE)
            body = body[:head] + body[len(body) - (room - head) :]
        return [*start, *body, *end]

    def rows(self, films: Sequence[Film]) -> list[list[int]]:
        """Return the token numbers of films' reports."""
        return [self.row(cleaned(film)) for film in films]


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Make one batch of rows.

    Args:
        rows: token numbers, of any length from 1 up.

    Returns:
        int64 (n, longest) numbers, 0 where a row has ended, and a mask that is 1 before that.
    """
    longest = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.int64)
    mask = torch.zeros(len(rows), longest, dtype=torch.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    return ids, mask


class ReportNetwork(nn.Module):
    """A text encoder, the mean of its last states, and a linear head."""

    def __init__(self, encoder: nn.Module, width: int, n_classes: int) -> None:
        """Put a new head on an encoder.

        Args:
            encoder: of transformers.
            width: of its states.
            n_classes: k.
        """
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(width, n_classes)

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return float (n, width), the mean of the states of each row's tokens."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        share = mask[:, :, None] / mask.sum(dim=1)[:, None, None]
        return (states * share).sum(dim=1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits (n, k) of a batch as `padded` makes it."""
        return self.head(self.dropout(self.pooled(ids, mask)))


@dataclass(frozen=True)
class EncoderModel:
    """What the report labeler knows when it reads with an encoder.

    Attributes:
        network: in evaluation mode.
        tokens: how it sees text.
        config: the encoder's, to build it again.
        bf16: compute in bfloat16 where the device supports it.
    """

    network: ReportNetwork
    tokens: Tokens
    config: dict[str, Any]
    bf16: bool

    def logits(self, films: Sequence[Film]) -> NDArray[np.float64]:
        """Read reports.

        Args:
            films: each with a report.

        Returns:
            float64 (n, k) logits, before calibration.
        """
        found = run(self.network, self.network.forward, self.tokens.rows(films), self.bf16)
        return found.reshape(len(films), self.network.head.out_features)

    def to_parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the tensors and the facts a checkpoint keeps: all it takes to predict again."""
        return dict(self.network.state_dict()), {
            "encoder": self.config,
            "tokenizer": json.loads(self.tokens.tokenizer.to_str()),
            "limit": self.tokens.limit,
            "bf16": self.bf16,
        }

    @classmethod
    def from_parts(cls, tensors: dict[str, Tensor], facts: dict[str, Any]) -> "EncoderModel":
        """Rebuild the model from what `to_parts` returned; nothing is fetched.

        Raises:
            TrainingError: if the extra `encoder` is not installed.
        """
        tokenizer = library("tokenizers").Tokenizer.from_str(json.dumps(facts["tokenizer"]))
        n_classes, width = tensors["head.weight"].shape
        network = ReportNetwork(rebuild(facts["encoder"]), width, n_classes)
        network.load_state_dict(tensors)
        network = network.to(device()).eval()
        return cls(network, Tokens(tokenizer, facts["limit"]), facts["encoder"], facts["bf16"])


def run(
    network: nn.Module,
    function: Any,
    rows: Sequence[Sequence[int]],
    bf16: bool,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> NDArray[np.float64]:
    """Apply a network's function to rows, those of like length together.

    Args:
        network: put into evaluation mode.
        function: takes a batch as `padded` makes it, returns (n, m).
        rows: token numbers.
        bf16: compute in bfloat16 where the device supports it.
        on_progress: told (done, total, message) at every batch.
        should_stop: asked at every batch.

    Returns:
        float64 (n, m), in the order of the rows; (0, 0) without any.

    Raises:
        Stopped: if should_stop says so.
    """
    if not rows:
        return np.empty((0, 0))
    where = device()
    network.eval()
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    parts = []
    with (
        torch.inference_mode(),
        torch.autocast(where.type, torch.bfloat16, enabled=computes_in_bf16(bf16)),
    ):
        for start in range(0, len(order), AT_ONCE):
            check(should_stop)
            ids, mask = padded([rows[place] for place in order[start : start + AT_ONCE]])
            parts.append(function(ids.to(where), mask.to(where)).float().cpu())
            on_progress(start + len(ids), len(order), "Reading reports")
    found = torch.cat(parts).double().numpy()
    back = np.empty_like(found)
    back[order] = found
    return back
