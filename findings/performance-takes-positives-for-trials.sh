#!/usr/bin/env bash
# performance 0.10.2 (R): performance_score() scores each film as if it were read as often as there are positives.
#
# `performance_score(model)` gives the "logarithmic, quadratic/Brier and spherical score" of a model with a binary
# outcome. One would expect of the first the mean log probability of what the films are, and that a model which is
# surer and right scores better. The function takes the number of positives among all films for the number of trials
# of each: among five positives, a film that is abnormal counts as one abnormal read in five, which is likely where
# the model says 0.2 and not where it says 0.99. So a better model scores worse, and nothing is said. The other two
# scores are made of the same probabilities: the spherical one, said to lie between 0 and 1 and to grow with accuracy,
# falls, and the quadratic one passes 1.
#
# Seen with r-cran-performance 0.10.2-1 (Debian 12), R 4.2.2, ten films, five abnormal, two models with an AUC of 0.98
# and 0.78. The mean log probability of the first is -0.14, of the second -0.59; performance_score says -51.06 and
# -3.07. Where one film alone is abnormal the trials are one, and it says the mean log probability.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-performance | grep '^r-cran-' | grep -vx r-cran-performance | sort -u |
  xargs apt-get download -qq r-cran-performance=0.10.2-1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
export R_LIBS TZ=UTC
Rscript - <<'R'
suppressMessages(library(performance))
stopifnot(packageVersion("performance") == "0.10.2")
scored <- function(score, truth) {
  model <- suppressWarnings(glm(truth ~ score, family = binomial))
  said <- performance_score(model)
  p <- fitted(model)
  right <- ifelse(truth == 1, p, 1 - p)
  c(
    said = said$logarithmic, expected = mean(log(right)),
    trials = mean(dbinom(truth, sum(truth), p, log = TRUE)),
    quadratic = said$quadratic, spherical = said$spherical,
    auc = (mean(rank(p)[truth == 1]) - (sum(truth) + 1) / 2) / sum(1 - truth)
  )
}
truth <- c(0, 0, 0, 1, 0, 1, 1, 1, 0, 1)
seen <- rbind(
  doubtful = scored(c(.1, .2, .3, .4, .4, .6, .7, .8, .9, .5), truth),
  surer = scored(c(.1, .2, .3, .6, .4, .7, .7, .8, .5, .5), truth),
  one = scored(c(.1, .2, .3, .4, .4, .6, .7, .8, .9, .5), c(0, 0, 0, 0, 0, 0, 0, 1, 0, 0))
)
print(round(seen, 2))
stopifnot(
  round(seen[c("surer", "doubtful"), "expected"], 2) == c(-0.14, -0.59),
  round(seen[c("surer", "doubtful"), "said"], 2) == c(-51.06, -3.07),
  round(seen[c("surer", "doubtful"), "quadratic"], 2) == c(4.86, 0.64),
  round(seen[c("surer", "doubtful"), "spherical"], 3) == c(0.209, 0.234),
  round(seen[c("surer", "doubtful"), "auc"], 2) == c(0.98, 0.78),
  isTRUE(all.equal(seen[, "said"], seen[, "trials"])),
  isTRUE(all.equal(seen["one", "said"], seen["one", "expected"]))
)
R
