#!/usr/bin/env bash
# MLmetrics 1.1.1 (R): the area under the precision-recall curve begins at the first positive; a perfect classifier
# may have 0.
#
# `PRAUC(y_pred, y_true)` is the area under precision over recall. One would expect something near average precision,
# and 1 of a classifier that ranks every abnormal film above every normal one. The curve's first point, recall 0, has
# no precision, and is dropped; with it goes all area up to the recall of the highest score. Of three abnormal films
# that is a third: perfect scores have 0.667. Where the highest score is shared by all abnormal films, as with rounded
# probabilities or a class, nothing is left: 0. ROC's area, by the same package, is 1 in all of these. The fewer
# positives and the more ties, the worse the model looks, so two models are not comparable by it.
#
# Seen with r-cran-mlmetrics 1.1.1-3 (Debian 12), R 4.2.2: three abnormal of six 0.667; ten of a hundred 0.9, and 0
# where they share a score; AUC 1 each time.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-mlmetrics | grep '^r-cran-' | grep -vx r-cran-mlmetrics | sort -u |
  xargs apt-get download -qq r-cran-mlmetrics=1.1.1-3 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressMessages(library(MLmetrics))
stopifnot(packageVersion("MLmetrics") == "1.1.1")
judged <- function(score, truth) round(c(PRAUC = PRAUC(score, truth), AUC = AUC(score, truth)), 3)
rare <- rep(0:1, c(90, 10))
seen <- rbind(
  "three of six" = judged(c(.1, .2, .3, .7, .8, .9), rep(0:1, each = 3)),
  "ten of a hundred" = judged(1:100 / 100, rare),
  "ten of a hundred, one score" = judged(rep(c(.1, .9), c(90, 10)), rare)
)
print(seen)
stopifnot(isTRUE(all.equal(unname(seen[, "PRAUC"]), c(0.667, 0.9, 0))), seen[, "AUC"] == 1)
R
