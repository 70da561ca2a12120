#!/usr/bin/env bash
# striprtf 0.0.35 gives the words that an author deleted or hid as if they stood in the document.
#
# A report dictated into a word processor with tracked changes carries retracted words inside a `\deleted` group,
# and comments or codes inside a `\v` (hidden) group; the word processor shows neither. One would expect a
# converter from RTF to text to leave out what the page does not show, as it leaves out page headers and footers.
# striprtf keeps both, without a mark: "Fracture. No fracture." reads as if the radiologist had said both.
#
# Seen with striprtf 0.0.35: headers and footers dropped, deleted and hidden text kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet striprtf==0.0.35
"$folder/venv/bin/python" - <<'PYTHON'
from striprtf.striprtf import rtf_to_text


def shown(body):
    return " ".join(rtf_to_text(r"{\rtf1\ansi\ansicpg1252 " + body + "}").split())


seen = {
    "page header": shown(r"{\header Page one}Small effusion.\par"),
    "deleted": shown(r"{\deleted Fracture.} No fracture.\par"),
    "hidden": shown(r"No fracture.{\v Code 17.} End.\par"),
}
print(seen)
assert seen == {
    "page header": "Small effusion.",
    "deleted": "Fracture. No fracture.",
    "hidden": "No fracture.Code 17. End.",
}, "striprtf behaves otherwise now"
PYTHON
