# Reads cases from stdin, one per line: "labels;first scores;second scores", numbers by commas.
# Prints auc1, auc2, ci1 low, ci1 high, z and p of the paired DeLong test of second less first.
suppressMessages(library(pROC))
for (line in readLines(file("stdin"))) {
  parts <- lapply(strsplit(line, ";")[[1]], function(x) as.numeric(strsplit(x, ",")[[1]]))
  first <- roc(parts[[1]], parts[[2]], levels = c(0, 1), direction = "<", quiet = TRUE)
  second <- roc(parts[[1]], parts[[3]], levels = c(0, 1), direction = "<", quiet = TRUE)
  ci <- suppressWarnings(ci.auc(first, method = "delong"))
  test <- suppressWarnings(roc.test(second, first, method = "delong", paired = TRUE))
  cat(sprintf("%.15g", c(auc(first), auc(second), ci[1], ci[3], test$statistic, test$p.value)))
  cat("\n")
}
