#!/usr/bin/env bash
# fhir.resources 8.3.0 writes the decimal 1.50 as 1.5, although FHIR counts a decimal's digits as part of its value.
#
# FHIR tells 0.010 from 0.01 and asks software to keep the digits: a length of 1.50 mm was measured more finely than
# one of 1.5 mm. The package types such elements as Python's Decimal, which keeps them, so one would expect a
# measurement to come out as it went in. A round trip through `model_validate_json` and `model_dump_json` goes by way
# of binary floats and drops the last zeros; a digital signature over the resource no longer fits either.
#
# Seen with fhir.resources 8.3.0, pydantic 2.14.4: 1.50 -> 1.5, 1.500e2 -> 150.0, 0.010 -> 0.01; 2 stays 2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet fhir.resources==8.3.0 pydantic==2.14.4
"$folder/venv/bin/python" - <<'PYTHON'
import re

from fhir.resources.observation import Observation

WRITTEN = '{"resourceType":"Observation","status":"final","code":{"text":"length"},"valueQuantity":{"value":%s}}'
seen = {}
for number in ("1.50", "1.500e2", "0.010", "2"):
    observation = Observation.model_validate_json(WRITTEN % number)
    seen[number] = re.search(r'"value":([^}]*)}', observation.model_dump_json()).group(1)
print(seen)
assert seen == {"1.50": "1.5", "1.500e2": "150.0", "0.010": "0.01", "2": "2"}, "fhir.resources behaves otherwise now"
PYTHON
