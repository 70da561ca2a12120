#!/usr/bin/env bash
# epiR 2.0.57 (R): five of six kinds of confidence interval for a share ignore the design effect and the population.
#
# Films of one patient, or reads of one reader, are alike, so an audit of clusters says less than its number of films
# suggests; `epi.conf` has `design` ("the design effect") and `N` ("the population size") for that. One would expect an
# interval twice as wide with a design effect of 4, and a narrower one where half of the archive was read, by any method.
# With ctype = "prevalence", only method = "fleiss" heeds the two, the one whose lower bound falls below zero. "exact",
# "clopper-pearson", "wilson", "agresti" and "jeffreys" take them without a word and give the interval of independent
# films, and so does ctype = "prop.single". A study that states "exact, design effect 4" states too narrow an interval.
#
# Seen with r-cran-epir 2.0.57+dfsg-1 (Debian 12), R 4.2.2: of 6 in 60, exact 0.038 to 0.205 with a design effect of 1
# and of 4, and with a population of 120; fleiss 0.022 to 0.178, -0.056 to 0.256, and 0.045 to 0.155.
set -euo pipefail
command -v Rscript >/dev/null || { echo "needs R (Debian: r-base-core)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  r-cran-epir | grep -E '^(r-cran-|lib)' | grep -vx r-cran-epir | sort -u >wanted
dpkg-query -W -f '${Package}\n' | sort -u >installed
comm -23 wanted installed | xargs apt-get download -qq r-cran-epir=2.0.57+dfsg-1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
R_LIBS=$(find "$folder/root" -type d -path '*/R/*library' | paste -sd:)
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so*' -not -path '*/R/*' -printf '%h\n' | sort -u | paste -sd:)
export R_LIBS LD_LIBRARY_PATH TZ=UTC
Rscript - <<'R'
suppressMessages(library(epiR))
stopifnot(packageVersion("epiR") == "2.0.57")
bounds <- function(method, ...) {
  said <- epi.conf(cbind(6, 60), ctype = "prevalence", method = method, ...)
  unlist(said[c("lower", "upper")])
}
everybody <- 1e9
for (method in c("exact", "clopper-pearson", "wilson", "agresti", "jeffreys", "fleiss")) {
  plain <- bounds(method, N = everybody, design = 1)
  clustered <- bounds(method, N = everybody, design = 4)
  half <- bounds(method, N = 120, design = 1)
  cat(sprintf("%-16s %s\n", method, paste(sprintf("%.3f", c(plain, clustered, half)), collapse = " ")))
  if (method == "fleiss") {
    stopifnot(round(c(plain, clustered, half), 3) == c(.022, .178, -.056, .256, .045, .155))
  } else {
    stopifnot(identical(plain, clustered), identical(plain, half))
  }
}
stopifnot(
  isTRUE(all.equal(unname(bounds("exact", N = everybody, design = 4)), binom.test(6, 60)$conf.int[1:2])),
  identical(
    epi.conf(cbind(6, 54), ctype = "prop.single", N = 120, design = 4),
    epi.conf(cbind(6, 54), ctype = "prop.single")
  )
)
R
