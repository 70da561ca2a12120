#!/usr/bin/env bash
# pyorthanc 1.23.0: a study time of hours and minutes, which DICOM allows, becomes midnight.
#
# A DICOM time (TM, PS3.5 6.2) may end after the hours or the minutes, and RIS and PACS send "0730" and "12". The dates
# that pyorthanc gives of a study, a series and an instance are made by `make_datetime_from_dicom_date`, which wants
# six digits. One would expect 07:30, or that nothing comes back, as it does where the date is wrong. It says 00:00
# instead, without a word, and the same of no time at all and of a leap second; fractions of a second are dropped. So
# films of one day change their order, "the latest study before the operation" may be another one, and a filter by
# hours finds none of those that a modality filed by the minute.
#
# Seen with pyorthanc 1.23.0, Python 3.11: "0730", "07", "235960" and "" are all 2024-01-15 00:00:00; "073015.5" is
# 07:30:15; the date "20240230" gives None.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyorthanc==1.23.0 pydicom==3.0.1
"$folder/venv/bin/python" - <<'PYTHON'
from pyorthanc.util import make_datetime_from_dicom_date as made

seen = {time: str(made("20240115", time)) for time in ("073015", "073015.5", "0730", "07", "235960", "")}
print(seen, made("20240230", "073015"))
midnight = "2024-01-15 00:00:00"
assert seen == {
    "073015": "2024-01-15 07:30:15",
    "073015.5": "2024-01-15 07:30:15",
    "0730": midnight,
    "07": midnight,
    "235960": midnight,
    "": midnight,
}, "pyorthanc reads times otherwise now"
assert made("20240230", "073015") is None
PYTHON
