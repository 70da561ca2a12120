"""A classifier as one ONNX file, for programs that know nothing of Condyle.

All that `Classifier.predict` does with the pixels of a film is in the graph: standardising, the
mirror image, averaging, the temperature, and no opinion of a blank film. Fitting a film into the
square and mirroring a left knee are not; the file says how (`PREPROCESSING`).
"""

import copy
import json
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from models.images.classifier import Classifier
from models.images.prediction import averaged
from models.images.transforms import for_prediction

INPUT, OUTPUT = "films", "probabilities"


class _Graph(nn.Module):
    """A classifier from the pixels of squares to probabilities, in float32 on the CPU."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        own = [copy.deepcopy(network).cpu() for network in classifier.networks]
        self.networks = nn.ModuleList(own).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        self.flip = classifier.recipe.test_time_flip
        self.temperature = classifier.temperature

    def forward(self, films: Tensor) -> Tensor:
        logits = averaged(list(self.networks), for_prediction(films), self.flip)
        flat = films.flatten(1).float()
        blank = (flat.amax(dim=1) == flat.amin(dim=1)).unsqueeze(1)
        return (logits.masked_fill(blank, 0) / self.temperature).softmax(dim=1)


def write_onnx(classifier: Classifier, path: Path, facts: dict[str, str]) -> None:
    """Write a classifier as an ONNX file.

    The graph takes `films`, uint8 (n, size, size), and returns `probabilities`, float32 (n, k). It
    computes in float32; where Condyle predicts in bfloat16, probabilities differ by about 0.01.

    Args:
        classifier: the classifier.
        path: where to.
        facts: kept in the file beside its classes and preprocessing.
    """
    graph = _Graph(classifier).eval()
    size = classifier.recipe.size
    example = torch.randint(0, 256, (2, size, size), dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's, about its own trees
        program = torch.onnx.export(
            graph,
            (example,),
            dynamo=True,
            verbose=False,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim(INPUT)},),
        )
    if program is None:
        raise RuntimeError("the exporter returned nothing")
    _, known = classifier.to_parts()
    metadata = {name: known[name] for name in ("classes", "preprocessing", "training_digest")}
    program.model.metadata_props.update(
        {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in metadata.items()
        }
        | facts
    )
    program.save(str(path), external_data=False)
