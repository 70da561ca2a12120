#!/usr/bin/env bash
# survey 4.1-1 (R) is certain that nothing is wrong where a sample holds no error: its interval is a point, or NaN.
#
# `svyciprop` gives the share of a stratified, weighted sample with an interval "using methods that may be more accurate
# near 0 and 1". One would expect an audit of 60 films without an error to come with an upper bound near 5 %, as the
# exact interval has it, from method "beta" (Korn and Graubard) at least. Without an error the estimated variance is 0.
# The default, "logit", then returns an interval from 2.8e-12 to 2.8e-12, "mean" one from 0 to 0, neither with a
# warning; "beta", "asin" and "xlogit" return NaN. The same holds where every film is wrong. One error among the 60
# brings all intervals back. Whoever reads the default's two numbers as a bound has proved an archive free of errors.
#
# Seen with r-cran-survey 4.1-1-1 (Debian 12), R 4.2.2; two strata of 30, weights 10 and 20. Without an error: logit
# 2.834889e-12 twice, mean 0 to 0, beta NaN; exact (unweighted, two-sided) 0 to 0.0596. With one: logit 0.0015 to
# 0.0784.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq r-cran-survey=4.1-1-1 r-cran-mitools r-cran-minqa r-cran-numderiv r-cran-dbi r-cran-survival \
  r-cran-matrix r-cran-lattice r-cran-rcpp 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
export R_LIBS TZ=UTC
Rscript - <<'R'
suppressMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
interval <- function(errors, method) {
  wrong <- rep(c(1, 0), c(errors, 60 - errors))
  audit <- data.frame(wrong, lot = rep(c("one", "two"), 30), weight = rep(c(10, 20), 30))
  design <- svydesign(~1, strata = ~lot, weights = ~weight, data = audit)
  as.numeric(confint(svyciprop(~wrong, design, method = method)))
}
quiet <- function(...) tryCatch(interval(...), warning = function(it) stop("it warns: ", conditionMessage(it)))
exact <- binom.test(0, 60)$conf.int
for (method in c("logit", "mean", "beta", "asin", "xlogit")) {
  none <- quiet(0, method); all <- quiet(60, method); one <- quiet(1, method)
  cat(sprintf("%-7s none wrong %.3g to %.3g, one %.4f to %.4f, all %.3g to %.3g\n", method,
              none[1], none[2], one[1], one[2], all[1], all[2]))
  point <- method %in% c("logit", "mean")
  if (point && !(none[2] < 1e-9 && all[1] > 1 - 1e-9)) stop("survey gives an interval now")
  if (!point && !all(is.nan(c(none, all)))) stop("survey gives an interval now")
  if (!(one[2] - one[1] > 0.02)) stop("the interval of one error has changed")
}
cat(sprintf("exact   none wrong %.4f to %.4f\n", exact[1], exact[2]))
R
