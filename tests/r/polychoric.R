# Two-step polychoric and polyserial correlations from polycor (and psych): Rscript polychoric.R [psychTools_bfi.csv]
suppressMessages({library(polycor); library(psych)})
rows <- list()
put <- function(data, kind, one, two, r, se = NA) rows[[length(rows) + 1]] <<- data.frame(data, kind, one, two, r = unname(r), se = unname(se))
sample <- read.csv("sample.csv")
items <- paste0("q", 1:6)
for (i in 1:5) for (j in (i + 1):6) {
  both <- complete.cases(sample[, c(items[i], items[j])])
  one <- sample[both, items[i]]; two <- sample[both, items[j]]
  # with std.err = TRUE polycor maximises by optim, to four digits only; without, by optimise
  error <- sqrt(polycor::polychor(one, two, ML = FALSE, std.err = TRUE)$var[1, 1])
  put("sample", "polychoric", items[i], items[j], polycor::polychor(one, two, ML = FALSE), error)
}
for (i in 1:6) {
  both <- complete.cases(sample[, c(items[i], "criterion")])
  p <- polycor::polyserial(sample[both, "criterion"], sample[both, items[i]], ML = FALSE)
  put("sample", "polyserial", "criterion", items[i], p)
}
path <- commandArgs(TRUE)
if (length(path)) {
  bfi <- read.csv(path[1])[, 2:26]
  rho <- suppressWarnings(polychoric(bfi, correct = 0, global = FALSE))$rho
  for (i in 1:24) for (j in (i + 1):25) put("bfi", "polychoric_psych", names(bfi)[i], names(bfi)[j], rho[i, j])
  for (j in 2:5) put("bfi", "polychoric", names(bfi)[1], names(bfi)[j], polycor::polychor(bfi[, 1], bfi[, j], ML = FALSE))
}
con <- file("polychoric.csv", "w")
writeLines(paste0("# ", R.version.string, "; polycor ", packageVersion("polycor"), "; psych ", packageVersion("psych")), con)
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE, scientific = FALSE), con, row.names = FALSE, quote = FALSE)
close(con)
