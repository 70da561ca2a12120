#!/usr/bin/env bash
# negspaCy 1.1.0 takes "cannot exclude fracture" for the denial of a fracture, since spaCy's tokens are "can" and "not".
#
# negspaCy marks what a sentence denies, by NegEx's lists of triggers and of phrases that only look like one.
# Radiologists write "cannot exclude" and "cannot rule out" of what they suspect, and the clinical lists hold "not
# rule out" among the phrases that deny nothing. One would expect both sentences to leave the fracture as it stands.
# But lists are matched by token: spaCy's English tokenizer cuts "cannot" in two, "not" alone is a trigger, and all
# that follows in the sentence is denied: "One cannot miss the severe osteoarthritis" denies osteoarthritis. The
# phrase that is listed does not help either, because "rule out" itself is a trigger inside it. "Unable to exclude" is
# left as it stands. A semicolon and a second main clause do not end a denial; "but" does. "Fracture: none", as in a
# template, is no denial.
#
# Seen with negspacy 1.1.0, spacy 3.8.18, all three English sets of terms ("1": denied):
# Cannot exclude fracture.                                      1
# We cannot rule out a fracture.                                1
# Unable to exclude fracture.                                   0
# One cannot miss the severe osteoarthritis.                    1
# No fracture; moderate osteoarthritis.                         1 1
# There is no fracture, there is osteoarthritis.                1 1
# No fracture, but osteoarthritis.                              1 0
# Fracture: none.                                               0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet negspacy==1.1.0 spacy==3.8.18
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import spacy
from negspacy.negation import Negex  # noqa: F401 - registers the component
from negspacy.termsets import termset

SEEN = {
    "Cannot exclude fracture.": [1],
    "We cannot rule out a fracture.": [1],
    "Unable to exclude fracture.": [0],
    "One cannot miss the severe osteoarthritis.": [1],
    "No fracture; moderate osteoarthritis.": [1, 1],
    "There is no fracture, there is osteoarthritis.": [1, 1],
    "No fracture, but osteoarthritis.": [1, 0],
    "Fracture: none.": [0],
}
for terms in ("en", "en_clinical", "en_clinical_sensitive"):
    reader = spacy.blank("en")
    reader.add_pipe("sentencizer")
    found = reader.add_pipe("entity_ruler")
    found.add_patterns(
        [{"label": "FINDING", "pattern": [{"LOWER": word}]} for word in ("fracture", "osteoarthritis")]
    )
    reader.add_pipe("negex", config={"neg_termset": termset(terms).get_patterns()})
    for sentence, denied in SEEN.items():
        said = [int(entity._.negex) for entity in reader(sentence).ents]
        print(f"{terms:22} {sentence:50}", *said)
        assert said == denied, "negspaCy reads it otherwise now"
PYTHON
