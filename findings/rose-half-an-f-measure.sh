#!/usr/bin/env bash
# ROSE 0.0-4 (R): the F measure of accuracy.meas is half of F1, and "greater than" includes the threshold.
#
# `accuracy.meas(response, predicted)` prints precision, recall and F for data with a rare class. One would expect the
# harmonic mean of the two, 2PR / (P + R). The factor 2 is missing: a classifier that makes no error at all has F 0.5,
# and nothing scores above. Precision and recall are right, though a film scored exactly at the threshold counts as
# positive where the printed line says "greater than". Beside F1 of another package a model seems to lose half its
# worth.
#
# Seen with r-cran-rose 0.0-4-2 (Debian 12), R 4.2.2: no error: precision 1, recall 1, F 0.5. A film scored 0.5 at
# threshold 0.5 is positive.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq r-cran-rose=0.0-4-2 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressMessages(library(ROSE))
stopifnot(packageVersion("ROSE") == "0.0.4")
truth <- rep(0:1, c(90, 10))
perfect <- accuracy.meas(truth, truth)
at_threshold <- accuracy.meas(c(0, 1), c(0.1, 0.5))
cat("no error: precision", perfect$precision, "recall", perfect$recall, "F", perfect$F, "\n")
cat("scored at the threshold: recall", at_threshold$recall, "\n")
stopifnot(
  perfect$precision == 1, perfect$recall == 1, perfect$F == 0.5, at_threshold$recall == 1,
  any(grepl("greater than 0.5", capture.output(print(at_threshold))))
)
R
