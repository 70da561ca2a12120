# %% [markdown]
# # One round by API
#
# Imports a folder of films whose manifest has labels, labels the seed set and the validation split
# as the manifest does, trains a labeler, sweeps, audits, reviews, trains the classifiers, evaluates
# them and promotes the better one. Real readers would do the reading; here the manifest is asked.
#
# It takes the address, a token with the scopes `import`, `archive`, `reading`, `runs`, `models` and
# `export`, and the folder from the environment.

# %%
import csv
import os
from collections import Counter
from pathlib import Path

from condyle_client import Condyle
from condyle_client.answers import Run
from condyle_client.worklists import ReadWorklist

films = Path(os.environ["CONDYLE_FILMS"])
seed_patients = int(os.environ.get("CONDYLE_SEED_PATIENTS", "120"))
limit_seconds = 3600.0
condyle = Condyle(os.environ["CONDYLE_ADDRESS"], os.environ["CONDYLE_TOKEN"])
print(condyle)


def show(run: Run) -> None:
    """Print how a run stands."""
    print(f"  {run.kind}: {run.status}, {run.done} of {run.total} {run.message}")


def perform(kind: str, **parameters: object) -> Run:
    """Start a run and wait for it."""
    return condyle.runs.wait(condyle.runs.start(kind, **parameters), limit_seconds, show)


# %% [markdown]
# ## Import

# %%
done = condyle.runs.wait(condyle.imports.start(films), limit_seconds, show)
print("Imported:", dict(done.result or {}))

# %% [markdown]
# ## What the manifest says
#
# A reader is shown films without names. What each is called, the archive says.

# %%
with (films / "manifest.csv").open(newline="", encoding="utf-8") as file:
    said = {row["image_id"]: row["label"] for row in csv.DictReader(file)}
class_of = {each.name: each.id for each in condyle.worklists.classes()}
truth = {
    image.image_id: class_of[said[image.image_key]]
    for image in condyle.archive.images()
    if said.get(image.image_key)
}
print(f"{len(truth)} images, of the classes {', '.join(class_of)}")

# %% [markdown]
# ## Read the seed set and the validation split


# %%
def read_all(worklist: ReadWorklist) -> int:
    """Read a worklist to its end; return how many images it had."""
    desk, count = condyle.worklists.next(worklist), 0
    while desk.item is not None:
        image = desk.item.film.image_id
        desk = condyle.worklists.read(worklist, image, truth[image])
        count += 1
    return count


condyle.worklists.draw_seed(seed_patients)
print("Read:", {"seed": read_all("seed"), "validation": read_all("validation")})

# %% [markdown]
# ## Train a labeler, and let it label the rest

# %%
perform("train_labeler", method="text")
swept = perform("sweep", tolerated_error=0.2)
print((swept.result or {}).get("in_words"))

# %% [markdown]
# ## Audit what was accepted, review the rest

# %%
print("Audited:", read_all("audit"))
decided: Counter[str] = Counter()
desk = condyle.worklists.next("review")
while desk.item is not None and desk.item.suggestion is not None:
    image, suggestion = desk.item.film.image_id, desk.item.suggestion
    right = suggestion.class_id == truth[image]
    decided["approved" if right else "corrected"] += 1
    if right:
        desk = condyle.worklists.decide(suggestion.id, "approve")
    else:
        desk = condyle.worklists.decide(suggestion.id, "correct", truth[image])
print("Reviewed:", dict(decided))

# %% [markdown]
# ## Train the classifiers, and compare them on the locked validation split

# %%
trained = perform("train_classifier")
report = condyle.models.evaluate(limit_seconds=limit_seconds, progress=show)
for name, figures in (("baseline", report.baseline), ("final", report.final)):
    print(f"{name}: WAUC {figures.wauc.value}, 95 % {figures.wauc.ci}")
print("Difference:", report.wauc_difference)

# %% [markdown]
# ## Promote, and take the labels

# %%
final = (trained.result or {})["final"]["model_version"]
promoted = condyle.models.promote(final, "The final classifier of this round.")
print(f"Promoted {promoted.role} {promoted.id}")
labels = Counter(each.label for each in condyle.archive.labels())
print("Labels:", dict(labels))
condyle.close()
