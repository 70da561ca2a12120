#!/usr/bin/env bash
# deduce 3.0.6 takes "Kellgren-Lawrence" in a Dutch knee report for a person, and removes it with the word before it.
#
# deduce takes names, dates and places out of Dutch medical text, and has a list of 225 eponyms (Osgood-Schlatter) that
# are no patients. One would expect the scale by which osteoarthritis of the knee is graded to stay. It is not on that
# list: Lawrence is a first name and Rosenberg a surname, and a name takes in the capitalised words beside it. So
# "Gonartrose Kellgren-Lawrence graad 3" becomes "[PERSOON-1] graad 3": without its diagnosis, and with a grade of no
# known scale. Rosenberg's view and Lachman's test go as well. Whoever reads labels out of such reports finds fewer of
# them. KL, written short, stays.
#
# Seen with deduce 3.0.6, docdeid 1.0.1: each left side in SEEN below became its right side.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet deduce==3.0.6 docdeid==1.0.1
"$folder/venv/bin/python" - <<'PYTHON'
from deduce import Deduce

SEEN = {
    "Gonartrose Kellgren-Lawrence graad 3.": "[PERSOON-1] graad 3.",
    "Gonartrose, Kellgren-Lawrence graad 3.": "Gonartrose, [PERSOON-1] graad 3.",
    "Kellgren en Lawrence graad 2.": "Kellgren en [PERSOON-1] graad 2.",
    "Rosenberg-opname van beide knieën.": "[PERSOON-1]-opname van beide knieën.",
    "Lachman positief.": "[PERSOON-1] positief.",
    "M. Osgood-Schlatter links.": "[PERSOON-1]Osgood-Schlatter links.",
    "Baker cyste mediaal.": "Baker cyste mediaal.",
    "KL-graad 3.": "KL-graad 3.",
}
deduce = Deduce()
for before, after in SEEN.items():
    now = deduce.deidentify(before).deidentified_text
    print(f"{before} -> {now}")
    assert now == after, "deduce behaves otherwise now"
PYTHON
