#!/usr/bin/env bash
# PSPP 1.6.2: the table of thresholds of a ROC curve is wrong where the file is not sorted by score.
#
# `ROC score BY truth (1) /PRINT=COORDINATES` lists thresholds, "Positive if greater than or equal to", with sensitivity
# and 1 - specificity at each. One would expect a row for each threshold that parts two scores, whatever the order of
# the cases. The thresholds are made of pairs of scores that follow each other in the file. Where the file is sorted
# they lie between the scores and the table is right. Where it is not, thresholds are missing, others fall on a score
# itself, and the film that has it is not counted as positive, though it is equal. The area is right both times, so
# nothing looks amiss; a threshold that was chosen for its sensitivity has a different one.
#
# Seen with pspp 1.6.2-2 (Debian 12): scores 1 to 10, abnormal 4 to 8. Three of the five score 6 or more.
# Sorted: 0.6 at 5.5. In another order: a row "6", 0.4. Nine of eleven rows are there, and 7 and 8 are too low likewise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances pspp |
  grep '^lib' | sort -u >wanted
dpkg-query -W -f '${Package}\n' | sort -u >installed
comm -23 wanted installed | xargs apt-get download -qq pspp=1.6.2-2 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
export LD_LIBRARY_PATH
roc() {
  {
    echo 'data list list /score truth.'
    echo 'begin data.'
    for score in "$@"; do echo "$score $((score >= 4 && score <= 8))"; done
    echo 'end data.'
    echo 'roc score by truth (1) /print=se coordinates.'
  } >roc.sps
  root/usr/bin/pspp -O format=csv roc.sps >seen
  grep -q '^score,.60,' seen || { echo "PSPP gives another area now"; exit 1; }
  sed '1,/^Test variable/d' seen | cut -d, -f2-3 | paste -sd' ' | tee -a tables
}
roc 1 2 3 4 5 6 7 8 9 10
roc 3 1 8 4 9 5 10 6 7 2
cat >expected <<'TABLES'
.00,1.00 1.50,1.00 2.50,1.00 3.50,1.00 4.50,.80 5.50,.60 6.50,.40 7.50,.20 8.50,.00 9.50,.00 11.00,.00
.00,1.00 2.00,1.00 4.50,.80 6.00,.40 6.50,.40 7.00,.20 7.50,.20 8.00,.00 11.00,.00
TABLES
cmp tables expected || { echo "PSPP gives other thresholds now"; exit 1; }
