#!/usr/bin/env bash
# rms 6.5-0 (R): val.prob's AUC does not count films scored exactly 0 or 1, however wrong they are.
#
# `val.prob` validates predicted probabilities. A logistic calibration curve cannot take 0 and 1, so those films have
# to be left out of it, and the warning says so: "deleted from logistic calibration". One would expect discrimination,
# which has no such trouble, to be of all films. But "C (ROC)" and "Dxy" are of the remaining films too, while
# "Brier", in the same vector, is of all. Two certain answers, right or wrong, leave the AUC at what it is without
# them. A network that rounds its probabilities to 0 and 1 where it is surest is judged by its doubts alone.
#
# Seen with r-cran-rms 6.5-0-1 (Debian 12), R 4.2.2: ten films 0.78; with two more, certain and right, 0.78 (of all
# twelve 0.847); certain and wrong, 0.78 (0.542). Brier 0.201, 0.1675, 0.3342.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-rms | grep '^r-cran-' | grep -vx r-cran-rms | sort -u |
  xargs apt-get download -qq r-cran-rms=6.5-0-1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressMessages(library(rms))
stopifnot(packageVersion("rms") == "6.5.0")
score <- c(.1, .2, .3, .4, .4, .6, .7, .8, .9, .5)
truth <- c(0, 0, 0, 1, 0, 1, 1, 1, 0, 1)
area <- function(p, y) (mean(rank(p)[y == 1]) - (sum(y) + 1) / 2) / sum(1 - y)
judged <- function(p, y) {
  said <- ""
  v <- withCallingHandlers(val.prob(p, y, pl = FALSE), warning = function(w) {
    said <<- conditionMessage(w)
    invokeRestart("muffleWarning")
  })
  stopifnot(length(p) == 10 || grepl("deleted from logistic calibration", said))
  round(c(C = v[["C (ROC)"]], Dxy = v[["Dxy"]], all = area(p, y), Brier = v[["Brier"]]), 4)
}
seen <- rbind(
  ten = judged(score, truth),
  right = judged(c(score, 0, 1), c(truth, 0, 1)),
  wrong = judged(c(score, 0, 1), c(truth, 1, 0))
)
print(seen)
stopifnot(
  seen[, "C"] == 0.78, seen[, "Dxy"] == 0.56,
  isTRUE(all.equal(unname(seen[, "all"]), c(0.78, 0.8472, 0.5417))),
  isTRUE(all.equal(unname(seen[, "Brier"]), c(0.201, 0.1675, 0.3342)))
)
R
