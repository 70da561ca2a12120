"""`predictions.csv`, read again."""

import numpy as np
from evaluation.samples import CLASSES, predictions
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.predictions import predictions_csv
from app.evaluation.read_predictions import Key, parse

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


def test_what_is_read_is_what_was_written():
    labels, patients, said = predictions(40)
    keys = [str(n) for n in range(40)]
    whose = [f"p{n}" for n in patients]
    found = parse(predictions_csv(keys, whose, [CLASSES[k] for k in labels], CLASSES, said))
    assert found.classes == CLASSES
    assert (found.labels == labels).all()
    same = found.patients[:, None] == found.patients
    assert (same == (patients[:, None] == patients)).all()
    for model, probabilities in said.items():
        assert (found.probabilities[model] == probabilities).all()


@given(st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=6, unique=True))
def test_any_names_come_back_as_they_were_with_the_sites_that_tell_them_apart(named):
    sites = [f"site {n}" for n in range(len(named))]
    images, patients = zip(*named, strict=True)
    said = {"baseline": np.full((len(named), 1), 1.0)}
    data = predictions_csv(images, patients, ["=1+1"] * len(named), ["=1+1"], said, sites)
    found = parse(data)
    assert [(key.image, key.patient) for key in found.keys] == named
    shared = len(set(images)) < len(named) or len(set(patients)) < len(named)
    assert [key.site for key in found.keys] == (sites if shared else [""] * len(named))
    assert found.classes == ["=1+1"]
    assert isinstance(found.keys[0], Key)
