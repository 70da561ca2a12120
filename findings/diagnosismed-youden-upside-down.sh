#!/usr/bin/env bash
# DiagnosisMed 0.2.3 (R): the interval of Youden's index is a thirtieth as long as it should be, and upside down.
#
# `diagnosis` takes a two by two table and returns sensitivity, specificity and more with 95 % limits. Those of
# sensitivity and specificity are Wilson's and right. One would expect Youden's index to have about the sum of their
# lengths. Its limits are taken at the quantile of 0.95 / 2, which is -0.06, instead of 0.975, 1.96: the lower limit
# lies above the estimate, the upper one below it, and both so near that they look like a very precise figure. Nothing
# is said. A study that quotes them has a precision it does not have, and a program that asks whether a value lies
# between the limits is always told no.
#
# Seen with r-cran-diagnosismed 0.2.3-7 (Debian 12), R 4.2.2: 80 right and 10 missed of 90, 190 right and 20 wrong of
# 210: 0.7937, "inf" 0.7961, "sup" 0.7912; by the same formula at 1.96: 0.7175 to 0.8698.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-diagnosismed | grep '^r-cran-' | grep -vx r-cran-diagnosismed | sort -u |
  xargs apt-get download -qq r-cran-diagnosismed=0.2.3-7 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressWarnings(suppressMessages(library(DiagnosisMed)))
stopifnot(packageVersion("DiagnosisMed") == "0.2.3")
d <- diagnosis(80, 10, 20, 190, print = FALSE)
error <- sqrt(d$Se * (1 - d$Se) / 90 + d$Sp * (1 - d$Sp) / 210)
seen <- round(c(d$Youden, d$Youden.inf.cl, d$Youden.sup.cl), 4)
wilson <- as.numeric(prop.test(80, 90, correct = FALSE)$conf.int)
right <- round(d$Youden + c(-1, 1) * qnorm(0.975) * error, 4)
cat("Se", round(d$Se, 3), "Sp", round(d$Sp, 3), "Youden", seen, "right limits", right, "\n")
stopifnot(
  isTRUE(all.equal(as.numeric(d$Se.cl), wilson, tolerance = 1e-6)),
  isTRUE(all.equal(seen, c(0.7937, 0.7961, 0.7912))),
  isTRUE(all.equal(right, c(0.7175, 0.8698)))
)
R
