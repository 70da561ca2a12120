"""A `draw_seed` run: a seed set whose training patients are typical of every kind of film.

Parameters: `patients`, how many patients the seed set grows by; `rng`, the seed of the draw.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from app.reading import seeds
from app.reading.seeds import SeedPlan
from app.runs import rules as runs
from app.training import rules as training
from models.embedding import Embedder, Vectors, embed, frozen_network
from models.networks import weights_origin
from models.progress import part_of
from models.selection import patient_means, typical_of_clusters
from worker.films import films
from worker.progress import Running

PATIENTS = 300
SHARD = 4096
"""Films embedded and written together: the most a kill can cost."""


def execute(running: Running) -> dict[str, Any]:
    """Compare films, choose the patients to learn from, draw the others, and list them all."""
    seeds.refuse_without_weights(running.settings.weights)
    patients = running.parameters.get("patients", PATIENTS)
    rng = running.parameters.get("rng", 0)
    kept = running.folder / "chosen.json"
    if not kept.exists():
        with running.database.begin() as session:
            plan = seeds.plan_diverse_seed(session, patients, rng)
        chosen = _choose(running, plan, rng)
        _write(kept, {"patients": chosen, "calibration": plan.calibration})
    running.check()
    found = json.loads(kept.read_text("utf-8"))
    with running.transaction() as session:
        by = runs.find(session, running.run_id).requested_by
        images = seeds.list_diverse_seed(
            session, running.run_id, found["patients"], found["calibration"], rng, by
        )
    return {
        "training_patients": len(found["patients"]),
        "calibration_patients": found["calibration"],
        "images": images,
        "weights": weights_origin(running.settings.weights),
    }


def _choose(running: Running, plan: SeedPlan, rng: int) -> list[str]:
    """Return the unique names of the patients to learn from."""
    with running.database.begin() as session:
        rows = training.of_patients(session, plan.candidates)
    keys, owners = np.unique([row.patient for row in rows], return_inverse=True)
    running.log(f"Comparing {len(rows):,} films of {len(keys):,} patients.")
    vectors = patient_means(_embedded(running, rows), owners)
    running.check()
    typical = typical_of_clusters(vectors, plan.training, rng)
    return sorted(str(keys[position]) for position in typical)


def _embedded(running: Running, rows: list[training.TrainingFilm]) -> Vectors:
    """Embed films shard by shard; a shard that is written is not computed again."""
    known = films(rows, running.store)
    embedder: Embedder | None = None
    shards: list[Vectors] = []
    for start in range(0, len(known), SHARD):
        shard = running.folder / f"embedding-{start}.npy"
        if not shard.exists():
            if embedder is None:
                embedder = frozen_network(running.settings.weights)
            some, told = known[start : start + SHARD], part_of(running.report, start, len(known))
            _save(shard, embed(embedder, some, told, running.should_stop))
        shards.append(np.load(shard, allow_pickle=False))
    return np.concatenate(shards)


def _save(path: Path, vectors: Vectors) -> None:
    draft = path.with_suffix(".partial")
    with draft.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)
    draft.rename(path)


def _write(path: Path, chosen: dict[str, Any]) -> None:
    draft = path.with_suffix(".partial")
    draft.write_text(json.dumps(chosen), "utf-8")
    draft.rename(path)
