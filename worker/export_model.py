"""An `export` run: a classifier as one file for other programs."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from app.db.learning import ModelVersion
from app.registry import rules as registry
from app.runs.parameters import ExportParameters, ModelFormat
from app.runs.results import ExportResult
from models.images.classifier import Classifier, load_classifier
from models.images.onnx_graph import write_onnx
from worker.progress import Running


def execute(running: Running[ExportParameters]) -> ExportResult:
    """Read the checkpoint, which checks it, and keep the file in the store."""
    with running.reading() as session:
        version = registry.classifier(session, running.parameters.version_id)
    form = running.parameters.format
    checkpoint = running.store.fetch_folder(running.settings.home, version.folder)
    classifier = load_classifier(checkpoint, version.digest)
    running.check()
    running.report(0, 1, f"Writing classifier {version.id} as {form}")
    suffix, write = FORMATS[form]
    file = running.folder / f"classifier.{suffix}"
    write(classifier, version, checkpoint, file)
    size = file.stat().st_size / 1e6
    digest = running.store.put(file.read_bytes())
    file.unlink()
    running.report(1, 1, "Written")
    name = f"condyle-{version.role}-{version.id}.{suffix}"
    return ExportResult(model_version=version.id, file=digest, name=name, megabytes=round(size, 1))


def _write_onnx(classifier: Classifier, version: ModelVersion, _: Path, file: Path) -> None:
    facts = {
        "model_version": f"{version.role} {version.id}",
        "checkpoint": version.digest,
        "doubtful": version.doubtful,
        "use": "Research only: no medical device.",
    }
    write_onnx(classifier, file, facts)


def _zip(_: Classifier, version: ModelVersion, checkpoint: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(checkpoint.iterdir()):
            archive.write(path, f"{version.role}-{version.id}/{path.name}")


Write = Callable[[Classifier, ModelVersion, Path, Path], None]
FORMATS: dict[ModelFormat, tuple[str, Write]] = {
    "onnx": ("onnx", _write_onnx),
    "safetensors": ("zip", _zip),
}
