"""A `draw_seed` run: patients for the seed set, chosen by how their films look."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient
from app.db.unique_names import unique_name
from app.runs import rules as runs
from app.runs.parameters import DrawSeedParameters
from app.runs.results import DrawSeedResult
from app.training import rules as training
from app.worklists import diverse_seeds
from app.worklists.diverse_seeds import SeedPlan
from models.images.embedding import Embedder, Vectors, embed, frozen_network
from models.images.networks import weights_origin
from models.images.selection import least_alike, most_alike, patient_means, typical_of_clusters
from models.progress import part_of
from worker.films import films
from worker.progress import Running

SHARD = 4096
"""Films embedded and written together: the most a kill can cost."""


def execute(running: Running[DrawSeedParameters]) -> DrawSeedResult:
    """Compare films, choose the patients to learn from, draw the others, and list them all."""
    asked = running.parameters
    kept = running.folder / "chosen.json"
    if not kept.exists():
        planned = (
            diverse_seeds.plan_diverse_seed
            if asked.choice == "typical"
            else diverse_seeds.plan_look
        )
        with running.reading() as session:
            if asked.choice != "typical":
                diverse_seeds.require_look(session, asked.choice, asked.image_id)
            plan = planned(session, asked.patients, asked.rng)
        chosen = _choose(running, plan)
        _write(kept, {"patients": chosen, "calibration": plan.calibration})
    running.check()
    found = json.loads(kept.read_text("utf-8"))
    with running.transaction() as session:
        by = runs.find(session, running.run_id).requested_by
        images = diverse_seeds.list_diverse_seed(
            session, running.run_id, found["patients"], found["calibration"], asked.rng, by
        )
    return DrawSeedResult(
        training_patients=len(found["patients"]),
        calibration_patients=found["calibration"],
        images=images,
        weights=weights_origin(running.settings.weights),
    )


def _choose(running: Running[DrawSeedParameters], plan: SeedPlan) -> list[str]:
    """Return the unique names of the patients to learn from."""
    choice, rng = running.parameters.choice, running.parameters.rng
    with running.reading() as session:
        rows = training.of_patients(session, plan.candidates)
        others = _compared_with(session, choice, running.parameters.image_id)
    keys, owners = np.unique([row.patient for row in rows], return_inverse=True)
    running.log(f"Comparing {len(rows):,} films of {len(keys):,} patients.")
    vectors = _embedded(running, rows)
    if choice == "typical":
        found = typical_of_clusters(patient_means(vectors, owners), plan.training, rng)
    else:
        chosen_by = least_alike if choice == "farthest" else most_alike
        found = chosen_by(vectors, owners, _embedded(running, others), plan.training)
    running.check()
    return sorted(str(keys[position]) for position in found)


def _compared_with(
    session: Session, choice: str, image_id: int | None
) -> list[training.TrainingFilm]:
    """Return the films that those chosen are to be like, or unlike."""
    if choice == "nearest":
        owner = select(unique_name(Patient)).join(Image, Image.patient_id == Patient.id)
        patients = session.scalars(owner.where(Image.id == image_id)).all()
        return [row for row in training.of_patients(session, patients) if row.image_id == image_id]
    return training.by_hand(session) if choice == "farthest" else []


def _embedded(running: Running[Any], rows: list[training.TrainingFilm]) -> Vectors:
    """Embed films shard by shard; a shard that is written is not computed again."""
    known = films(rows, running.store)
    embedder: Embedder | None = None
    shards: list[Vectors] = []
    for start in range(0, len(known), SHARD):
        shard = running.folder / f"embedding-{_named(rows)}-{start}.npy"
        if not shard.exists():
            if embedder is None:
                embedder = frozen_network(running.settings.weights)
            some, told = known[start : start + SHARD], part_of(running.report, start, len(known))
            keep(shard, embed(embedder, some, told, running.should_stop))
        shards.append(np.load(shard, allow_pickle=False))
    return np.concatenate(shards, dtype=np.float32)


def _named(rows: list[training.TrainingFilm]) -> str:
    """Name a list of films: readers may have labelled more before a killed run goes on."""
    return hashlib.sha256("\n".join(row.digest for row in rows).encode()).hexdigest()[:16]


def keep(path: Path, vectors: Vectors) -> None:
    """Keep embeddings with the eleven bits of float16: half the disk, and the same neighbours.

    Args:
        path: of the file, which is there when all of it is.
        vectors: float32 (films, width).

    Raises:
        OSError: the disk does not take them.
    """
    draft, written = path.with_suffix(".partial"), io.BytesIO()
    # Not into the file: numpy does not say what the system said where there is no room.
    np.save(written, vectors.astype(np.float16), allow_pickle=False)
    draft.write_bytes(written.getbuffer())
    draft.rename(path)


def _write(path: Path, chosen: dict[str, Any]) -> None:
    draft = path.with_suffix(".partial")
    draft.write_text(json.dumps(chosen), "utf-8")
    draft.rename(path)
