#!/usr/bin/env bash
# cutpointr 1.1.2 (R) may return a cut point that is no optimum: of several that tie, it takes the median.
#
# `cutpointr(data, x, class, metric = youden)` finds the threshold that maximises a metric. With few films several
# thresholds tie. One would expect one of them, or all. The default `break_ties = median` returns their median, which
# may be none of them, and the row it prints holds the metric at that place, not the maximum that was searched for. Of
# eight films whose classes alternate along the score, thresholds 0.2, 0.4, 0.6 and 0.8 all have Youden's 0.25; 0.5
# comes back, where it is 0, as if the score could tell nothing. A message says that ties were broken, not that the
# optimum is lost. `break_ties = c` returns all of them.
#
# Seen with r-cran-cutpointr 1.1.2-1 (Debian 12), R 4.2.2: cut point 0.5, Youden 0; with `break_ties = c` 0.8, 0.6,
# 0.4 and 0.2, each 0.25.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-cutpointr | grep '^r-cran-' | grep -vx r-cran-cutpointr | sort -u |
  xargs apt-get download -qq r-cran-cutpointr=1.1.2-1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressMessages(library(cutpointr))
stopifnot(packageVersion("cutpointr") == "1.1.2")
films <- data.frame(score = 1:8 / 10, abnormal = rep(0:1, 4))
cut <- function(...) {
  suppressMessages(cutpointr(films, score, abnormal, pos_class = 1, direction = ">=", metric = youden, ...))
}
median_of_ties <- cut()
all_ties <- cut(break_ties = c)
cat("default: cut point", median_of_ties$optimal_cutpoint, "Youden", median_of_ties$youden, "\n")
cat("all: cut points", all_ties$optimal_cutpoint[[1]], "Youden", all_ties$youden[[1]], "\n")
stopifnot(
  isTRUE(all.equal(median_of_ties$optimal_cutpoint, 0.5)), isTRUE(all.equal(median_of_ties$youden, 0)),
  isTRUE(all.equal(sort(all_ties$optimal_cutpoint[[1]]), c(0.2, 0.4, 0.6, 0.8))),
  isTRUE(all.equal(all_ties$youden[[1]], rep(0.25, 4)))
)
R
