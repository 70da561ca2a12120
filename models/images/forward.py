"""Networks as they predict: on a CPU by ONNX Runtime, once it is worth the conversion.

It computes in float32, as torch does, and is half as fast again or twice as fast. What the two
answer differs by the order in which numbers are added: by less than `AGREEMENT`.
"""

import copy
import io
import warnings
from collections.abc import Callable, Sequence

import onnxruntime
import torch
from torch import Tensor, nn

from models.machine import device

Forward = Callable[[Tensor], Tensor]
"""A network, or what computes the same: float32 (n, 1, height, width) to float32 (n, k)."""

AGREEMENT = 1e-5
"""The most a probability by ONNX Runtime differs from torch's in float32."""
WORTH_CONVERTING = 512
"""Films to predict from which on the conversion, some tenths of a second a network, is repaid."""


class Forwards:
    """Networks of one labeler or classifier, and how they are run.

    Args:
        networks: in evaluation mode, on this machine's device.
        size: side of the square they see, in pixels.
    """

    def __init__(self, networks: Sequence[nn.Module], size: int) -> None:
        self._networks = networks
        self._size = size
        self._seen = 0
        self._converted: Sequence[Forward] = ()

    def to_predict(self, films: int) -> Sequence[Forward]:
        """Return what to predict films with.

        Args:
            films: how many come next. The networks are converted when, with those that came
                before, there are enough of them.
        """
        self._seen += films
        if not self._converted and self._seen >= WORTH_CONVERTING and device().type == "cpu":
            self._converted = [converted(network, self._size) for network in self._networks]
        return self._converted or self._networks


def converted(network: nn.Module, size: int) -> Forward:
    """Convert a network for ONNX Runtime.

    torch's older exporter takes a tenth of a second where the newer one takes several, and knows
    all that the networks here are made of.

    Args:
        network: in evaluation mode, on the CPU; it stays as it is.
        size: side of the square it sees, in pixels.

    Returns:
        float32 (n, 1, size, size) to float32 (n, k), on as many threads as torch has now.
    """
    own = copy.deepcopy(network).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    graph = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # that the exporter is the older one
        torch.onnx.export(
            own,
            (torch.zeros(1, 1, size, size),),
            graph,  # type: ignore[arg-type]
            dynamo=False,
            input_names=["films"],
            output_names=["logits"],
            dynamic_axes={"films": {0: "n"}, "logits": {0: "n"}},
        )
    session = onnxruntime.InferenceSession(
        graph.getvalue(), _options(), providers=["CPUExecutionProvider"]
    )

    def forward(films: Tensor) -> Tensor:
        (logits,) = session.run(None, {"films": films.contiguous().numpy()})
        return torch.from_numpy(logits)

    return forward


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    # Threads that wait do so asleep: the cores are also those of the readers and of other runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
