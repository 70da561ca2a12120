#!/usr/bin/env bash
# PSPP 1.6.2: the 95 % interval of an area under the ROC curve is one of 90 %.
#
# `ROC score BY truth (1) /PRINT=SE` prints the area, its standard error and "Asymp. 95% Confidence Interval". One would
# expect the area plus and minus 1.96 of these standard errors, cut at 0 and 1 or not. PSPP takes the quantile at the
# level itself, 1.645, instead of at half of what is left out. So an interval said to hold 95 % holds 90 %, one said to
# hold 90 % holds 80 %, and one said to hold 50 % has no width at all. With ten films it passes 1 all the same. Beside
# another package's it looks like the better study.
#
# Seen with pspp 1.6.2-2 (Debian 12), ten films, area 0.78, standard error 0.18: 0.49 to 1.07 (with 1.96: 0.43 to
# 1.13); /CRITERIA=CI(90) 0.55 to 1.01; CI(50) 0.78 to 0.78.
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
cat >roc.sps <<'SYNTAX'
data list list /score truth.
begin data.
1 0
2 0
3 0
4 1
4 0
5 1
6 1
7 1
8 1
9 0
end data.
roc score by truth (1) /print=se.
roc score by truth (1) /print=se /criteria=ci(90).
roc score by truth (1) /print=se /criteria=ci(50).
SYNTAX
root/usr/bin/pspp --version | head -1
root/usr/bin/pspp -O format=csv roc.sps | grep -E '^score,\.|Confidence' | tee seen
expected='score,.78,.18,.144,.49,1.07 score,.78,.18,.144,.55,1.01 score,.78,.18,.144,.78,.78'
[ "$(grep '^score' seen | paste -sd' ')" = "$expected" ] || { echo "PSPP gives another interval now"; exit 1; }
