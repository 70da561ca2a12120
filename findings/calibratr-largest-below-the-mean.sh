#!/usr/bin/env bash
# CalibratR 0.1.2 (R): the maximum calibration error is below the expected one, as each bin's gap is multiplied by its
# share.
#
# ECE is the mean gap between predicted and observed shares over bins, MCE the largest gap, so MCE is never below ECE.
# `getMCE` takes the largest of gap times the bin's share of the films. With ten bins of equal size it is a tenth of
# the largest gap, and always below `getECE` of the same films unless one bin holds them all or errs alone. (The bins
# hold equal numbers of films; the widths that the usual formula has are not offered.) Whoever sets a limit on the
# largest gap passes models that are ten times beyond it.
#
# Seen with r-cran-calibratr 0.1.2-2 (Debian 12), R 4.2.2: 100 films all scored 0.9, half of them abnormal: ECE 0.4,
# MCE 0.04.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-calibratr | grep '^r-cran-' | grep -vx r-cran-calibratr | sort -u |
  xargs apt-get download -qq r-cran-calibratr=0.1.2-2 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressMessages(library(CalibratR))
stopifnot(packageVersion("CalibratR") == "0.1.2")
truth <- rep(0:1, 50)
score <- rep(0.9, 100)
expected <- getECE(truth, score, 10)
largest <- getMCE(truth, score, 10)
cat("ECE", expected, "MCE", largest, "\n")
stopifnot(isTRUE(all.equal(c(expected, largest), c(0.4, 0.04))))
R
