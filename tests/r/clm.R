# Maximum likelihood of cumulative-link models: Rscript clm.R (writes clm_data.csv and clm.csv)
suppressMessages(library(ordinal))
set.seed(20261121)
n <- 400
data <- data.frame(x = round(rnorm(n), 3), w = rep(0:1, n / 2))
z <- 0.8 * data$x - 0.5 * data$w + rlogis(n)
data$y <- as.integer(cut(z, c(-Inf, -1.5, -0.2, 0.4, 2, Inf)))
write.csv(data, "clm_data.csv", row.names = FALSE, quote = FALSE)
rows <- list()
for (link in c("logit", "probit", "cloglog")) {
  fit <- clm(factor(y) ~ x + w, data = data, link = link, control = clm.control(gradTol = 1e-10))
  rows[[link]] <- data.frame(link, name = names(coef(fit)), estimate = unname(coef(fit)),
                             se = unname(sqrt(diag(vcov(fit)))), loglik = as.numeric(logLik(fit)))
}
con <- file("clm.csv", "w")
writeLines(paste0("# ", R.version.string, "; ordinal ", packageVersion("ordinal")), con)
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE), con, row.names = FALSE, quote = FALSE)
close(con)
