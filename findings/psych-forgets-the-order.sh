#!/usr/bin/env bash
# psych 2.2.9's weighted kappa of two ordered factors weighs by the alphabet, not by the order of the grades.
#
# `cohen.kappa` gives a weighted kappa, for which the order of the grades is everything. One would expect two ordered
# factors with the levels none < mild < moderate < severe to be weighed in that order, as their numbers 1 to 4 are.
# The factors are turned to text on the way, and the grades sorted as words: mild, moderate, none, severe. A
# disagreement of none with mild then counts four times one of mild with moderate. There is no warning, and the
# unweighted kappa, which needs no order, is right. Numbers, or a table in the right order, give the right value.
#
# Seen with r-cran-psych 2.2.9-1 (Debian 12), R 4.2.2: 0.871 from numbers, 0.581 from the same reads as factors.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq r-cran-psych=2.2.9-1 r-cran-mnormt r-cran-nlme r-cran-lattice 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
export R_LIBS TZ=UTC
Rscript - <<'R'
suppressMessages(library(psych))
stopifnot(packageVersion("psych") == "2.2.9")
grades <- c("none", "mild", "moderate", "severe")
set.seed(1)
one <- sample(1:4, 200, TRUE)
other <- pmin(4, pmax(1, one + sample(c(-1, 0, 0, 0, 1), 200, TRUE)))
graded <- function(numbers) factor(grades[numbers], levels = grades, ordered = TRUE)
numbers <- cohen.kappa(cbind(one, other))
factors <- cohen.kappa(data.frame(graded(one), graded(other)))
seen <- round(c(numbers$kappa, factors$kappa, numbers$weighted.kappa, factors$weighted.kappa), 3)
cat("unweighted:", seen[1:2], " weighted:", seen[3:4], "\n")
if (!identical(seen, c(0.573, 0.573, 0.871, 0.581))) stop("psych behaves otherwise now")
R
