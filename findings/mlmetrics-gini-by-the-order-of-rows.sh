#!/usr/bin/env bash
# MLmetrics 1.1.1 (R): the Gini coefficient of equal scores is 1 or -1, as the rows of the table happen to lie.
#
# A Gini coefficient is 2 AUC - 1, so a score that is the same for every film has 0. `Gini` (and `NormalizedGini`)
# sorts the films by score and sums their labels up in that order; films of equal score stay in the order of the
# table. Where all are equal, a table that lists the abnormal films last gives -1, the worst there is, and one that
# lists them first gives 1, a perfect model. Tables sorted by class are common, and so are scores with few values: a
# text labeler's, a decision tree's, grades. Each tie moves the figure by where its rows lie. `AUC` of the same
# package counts half.
#
# Seen with r-cran-mlmetrics 1.1.1-3 (Debian 12), R 4.2.2: 100 films with one score, ten of them abnormal: -1 where
# they are last, 1 where they are first; AUC 0.5 both times.
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
score <- rep(0.5, 100)
last <- rep(0:1, c(90, 10))
judged <- function(truth) {
  c(Gini = Gini(score, truth), NormalizedGini = NormalizedGini(score, truth), AUC = AUC(score, truth))
}
seen <- rbind("abnormal last" = judged(last), "abnormal first" = judged(rev(last)))
print(seen)
stopifnot(
  isTRUE(all.equal(unname(seen[, "Gini"]), c(-1, 1))), isTRUE(all.equal(unname(seen[, "NormalizedGini"]), c(-1, 1))),
  seen[, "AUC"] == 0.5
)
R
