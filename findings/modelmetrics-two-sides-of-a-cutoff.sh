#!/usr/bin/env bash
# ModelMetrics 1.2.2.2 takes a score at the cutoff for negative in `tpr`, and for positive in `tnr`, `kappa` and `mcc`.
#
# `tpr`, `tnr`, `ppv`, `f1Score`, `kappa`, `mcc` and the rest take the truth, scores and a cutoff, 0.5 if none is named.
# One would expect all to look at one confusion matrix. A score that equals the cutoff is not above it, so it is no
# true positive; nor is it below, so it is no true negative either. `kappa` and `mcc` count it as positive, `ppv`, `npv`
# and `f1Score` as negative. Scores that are shares of votes, or rounded ones, meet 0.5 often: sensitivity and
# specificity in one table are then of two different tests. Scores with all digits hide it. Nothing warns.
#
# Seen with r-cran-modelmetrics 1.2.2.2-1+b1 (Debian 12), R 4.2.2, 200 scores of one decimal, 14 of them at the cutoff:
# tpr 0.419, tnr 0.855, ppv 0.634, kappa 0.433, mcc 0.435. Were it positive: 0.565, 0.855, 0.636, 0.433, 0.435; were it
# negative: 0.419, 0.891, 0.634, 0.343, 0.356.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq r-cran-modelmetrics=1.2.2.2-1+b1 r-cran-data.table r-cran-rcpp 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
export R_LIBS TZ=UTC
Rscript - <<'R'
suppressMessages(library(ModelMetrics))
stopifnot(packageVersion("ModelMetrics") == "1.2.2.2")
set.seed(1)
truth <- rbinom(200, 1, 0.3)
score <- round(plogis(qlogis(0.3) + rnorm(200) + 1.2 * (truth - 0.3)), 1)
figures <- function(called) {
  right <- sum(called & truth); false <- sum(called & !truth)
  missed <- sum(!called & truth); left <- sum(!called & !truth)
  n <- right + false + missed + left
  chance <- ((right + false) * (right + missed) + (missed + left) * (false + left)) / n^2
  c(tpr = right / (right + missed), tnr = left / (left + false), ppv = right / (right + false),
    npv = left / (left + missed), f1 = 2 * right / (2 * right + false + missed),
    kappa = ((right + left) / n - chance) / (1 - chance),
    mcc = (right * left - false * missed) / prod(sqrt(c(right + false, right + missed, left + false, left + missed))))
}
seen <- c(tpr(truth, score), tnr(truth, score), ppv(truth, score), npv(truth, score),
          f1Score(truth, score), ModelMetrics::kappa(truth, score), mcc(truth, score, 0.5))
both <- rbind(seen = seen, above = figures(score > 0.5), from = figures(score >= 0.5))
print(round(both, 3))
cat("scores at the cutoff:", sum(score == 0.5), "\n")
where <- apply(both, 2, function(it) paste(which(abs(it[1] - it[-1]) < 1e-9), collapse = ""))
expected <- c(tpr = "1", tnr = "2", ppv = "1", npv = "1", f1 = "1", kappa = "2", mcc = "2")
print(where)
if (!identical(where, expected)) stop("ModelMetrics behaves otherwise now")
R
