# Item-value correlations where every item has its own raters: polycor, psych and stats, pair by pair. Rscript item_values.R
suppressMessages({library(polycor); library(psych)})
set.seed(20261121)
people <- 160
trait <- rnorm(people)
cut6 <- function(z) as.integer(cut(z, c(-Inf, -1.3, -.6, 0, .7, 1.4, Inf)))
cut4 <- function(z) as.integer(cut(z, c(-Inf, -.8, .1, .9, Inf)))
ratings <- sapply(c(.8, .4, 0, -.5), function(a) cut6(a * trait + sqrt(1 - a^2) * rnorm(people)))
ratings[matrix(runif(length(ratings)) < .4, people)] <- NA
scores <- sapply(c(.9, .3, -.6), function(a) cut4(a * trait + sqrt(1 - a^2) * rnorm(people)))
scores[matrix(runif(length(scores)) < .1, people)] <- NA
write.csv(data.frame(ratings, scores), "item_values_input.csv", row.names = FALSE)
rows <- list()
for (i in 1:4) for (d in 1:3) {
  both <- complete.cases(ratings[, i], scores[, d]); x <- ratings[both, i]; y <- scores[both, d]
  full <- polycor::polychor(x, y, ML = TRUE, std.err = TRUE)
  p <- cor.test(x, y)
  test <- suppressWarnings(corr.test(x, y, method = "spearman", adjust = "none"))
  rows[[length(rows) + 1]] <- data.frame(item = i, score = d, n = sum(both),
    polycor_two_step = polycor::polychor(x, y, ML = FALSE), polycor_ml = full$rho, polycor_ml_se = sqrt(full$var[1, 1]),
    psych = suppressWarnings(psych::polychoric(data.frame(x, y), correct = 0, global = FALSE))$rho[1, 2],
    pearson = unname(p$estimate), pearson_lower = p$conf.int[1], pearson_upper = p$conf.int[2], pearson_p = p$p.value,
    spearman = test$r[1], spearman_p = test$p[1])
}
con <- file("item_values.csv", "w")
writeLines(paste0("# ", R.version.string, "; polycor ", packageVersion("polycor"), "; psych ", packageVersion("psych")), con)
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE, scientific = FALSE), con, row.names = FALSE, quote = FALSE)
close(con)
