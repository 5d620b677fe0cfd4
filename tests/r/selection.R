# Maximum likelihood of answers and answering with selection on the answer, for tests/test_missing_joint.py.
# Run: Rscript tests/r/selection.R (in the root; writes selection_input.csv and selection.csv; base R alone)
# Three models, one item, five codes: cumulative logit with common thresholds and a level per model; an answer k is given
# with logit a_model + delta (k - 3); counts of the codes and of what is missing are multinomial.
set.seed(7)
delta <- c(-0.8, 0, 0.6)
cuts <- c(-1.5, -0.4, 0.5, 1.6)
level <- c(-0.7, 0.1, 0.6)
given <- c(1.2, 0.4, 0.8)
prob <- function(cuts, level, a, d) {
  p <- diff(c(0, plogis(cuts - level), 1))
  r <- plogis(a + d * (1:5 - 3))
  c(p * r, sum(p * (1 - r)))
}
counts <- t(sapply(1:3, function(m) rmultinom(1, 3000, prob(cuts, level[m], given[m], 0.6))))
write.csv(data.frame(model = letters[1:3], counts), "tests/r/selection_input.csv", row.names = FALSE)
rows <- NULL
for (d in delta) {
  loss <- function(x) {
    cut <- cumsum(c(x[1], exp(x[2:4])))
    lev <- c(0, x[5:6])
    -sum(sapply(1:3, function(m) sum(counts[m, ] * log(prob(cut, lev[m], x[6 + m], d)))))
  }
  best <- optim(c(-1.5, 0, 0, 0, 0, 0, 1, 1, 1), loss, method = "BFGS", control = list(maxit = 2000, reltol = 1e-14))
  cut <- cumsum(c(best$par[1], exp(best$par[2:4])))
  lev <- c(0, best$par[5:6])
  for (m in 1:3) {
    p <- diff(c(0, plogis(cut - lev[m]), 1))
    rows <- rbind(rows, data.frame(delta = d, model = letters[m], expected = sum(p * 1:5), answering = best$par[6 + m]))
  }
}
con <- file("tests/r/selection.csv", "w")
writeLines(sprintf("# %s", R.version.string), con)
write.csv(rows, con, row.names = FALSE)
close(con)
