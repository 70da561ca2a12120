#!/usr/bin/env bash
# SDMTools 1.1-221 (R): the AUC that `accuracy` prints is that of one threshold, and changes with it.
#
# `accuracy(obs, pred, threshold)` returns a row a threshold: AUC, omission rate, sensitivity, specificity, kappa. AUC
# is a property of the scores that no threshold moves, so one would expect the same figure in every row, and that of
# `auc(obs, pred)`. The column holds (sensitivity + specificity) / 2 at the row's threshold, which is the area under
# the two lines through that one point: balanced accuracy under another name. It is lower than the AUC for scores that
# rank well, 0.5 at both ends, and whoever takes the threshold with the "best AUC" has maximised Youden's index.
#
# Seen with r-cran-sdmtools 1.1-221.2-1+b1 (Debian 12), R 4.2.2: thirteen films, AUC 0.774; in the rows of thresholds
# 0, 0.4, 0.5 and 1: 0.5, 0.702, 0.690 and 0.5.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-sdmtools | grep '^r-cran-' | grep -vx r-cran-sdmtools | sort -u |
  xargs apt-get download -qq r-cran-sdmtools=1.1-221.2-1+b1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressMessages(library(SDMTools))
score <- c(.05, .1, .15, .3, .35, .42, .55, .62, .7, .85, .9, .97, .42)
truth <- c(0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0)
rows <- accuracy(truth, score, threshold = c(0, .4, .5, 1))
print(round(rows[, c("threshold", "AUC", "sensitivity", "specificity")], 3))
cat("auc", round(auc(truth, score), 3), "\n")
stopifnot(
  isTRUE(all.equal(rows$AUC, (rows$sensitivity + rows$specificity) / 2)),
  round(rows$AUC, 3) == c(0.5, 0.702, 0.69, 0.5), round(auc(truth, score), 3) == 0.774
)
R
