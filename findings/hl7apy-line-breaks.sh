#!/usr/bin/env bash
# hl7apy 1.3.5 turns the line breaks of a report into literal text, for whoever reads it and whoever gets it next.
#
# HL7 v2 writes a line break inside OBX-5 as the escape sequence \.br\ . hl7apy knows single-letter escapes and
# keeps them; of \.br\ and \X41\ it takes the backslashes for data and escapes them, so the value reads
# \E\.br\E\ . The message that to_er7() writes holds the same: a system that forwards a report through hl7apy
# sends one whose lines and hexadecimal letters are gone for good. One would expect the sequence untouched, or a
# line break.
#
# Seen with hl7apy 1.3.5: value and message 'One\E\.br\E\two \T\ three \E\X41\E\'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hl7apy==1.3.5
"$folder/venv/bin/python" - <<'PYTHON'
from hl7apy.parser import parse_message

report = r"One\.br\two \T\ three \X41\ "[:-1]
lines = [
    r"MSH|^~\&|RIS|HERE|PACS|THERE|20260101||ORU^R01^ORU_R01|1|P|2.5",
    "PID|1||4711^^^HERE",
    "OBR|1|||KNEE",
    f"OBX|1|TX|REPORT||{report}||||||F",
]
message = parse_message("\r".join(lines) + "\r")
observation = message.ORU_R01_PATIENT_RESULT.ORU_R01_ORDER_OBSERVATION.ORU_R01_OBSERVATION.OBX
expected = r"One\E\.br\E\two \T\ three \E\X41\E\ "[:-1]
print(observation.OBX_5.value)
assert observation.OBX_5.value == expected, "hl7apy behaves otherwise now"
assert expected in message.to_er7(), "hl7apy behaves otherwise now"
PYTHON
