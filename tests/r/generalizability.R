# Variance components by REML (lme4) of made-up answers; the answers themselves: generalizability_input.csv
# Rscript generalizability.R
suppressMessages(library(lme4))
rows <- list()
put <- function(data, component, value)
  rows[[length(rows) + 1]] <<- data.frame(data, component, value)
make <- function(seed, m, i, w, e) {
  set.seed(seed)
  g <- expand.grid(model = 1:m, item = 1:i, wording = 1:w, epoch = 1:e)
  eff <- function(f, sd) rnorm(nlevels(f), 0, sd)[as.integer(f)]
  f <- lapply(g[1:3], factor)
  y <- 3.5 + eff(f$model, .7) + eff(f$item, .6) + eff(f$wording, .4) + eff(f$model:f$item, .5) + eff(f$model:f$wording, .4) +
    eff(f$item:f$wording, .35) + eff(f$model:f$item:f$wording, .4) + rnorm(nrow(g), 0, .6)
  g$y <- round(y, 4)
  g
}
fit <- function(name, g) {
  for (v in c("model", "item", "wording")) g[[v]] <- factor(g[[v]])
  terms <- "y ~ 1 + (1|model) + (1|item) + (1|wording) + (1|model:item) + (1|model:wording) + (1|item:wording)"
  if (max(g$epoch) > 1) terms <- paste(terms, "+ (1|model:item:wording)")
  r <- as.data.frame(VarCorr(lmer(as.formula(terms), g, control = lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14, maxeval = 1e5)))))
  for (k in seq_len(nrow(r))) put(name, gsub(":", " x ", tolower(r$grp[k])), r$vcov[k])
}
one <- make(14, 8, 7, 5, 1)
two <- make(12, 6, 6, 4, 2)
gaps <- two[-seq(5, nrow(two), by = 17), ]
fit("one", one); fit("two", two); fit("gaps", gaps)
all <- rbind(cbind(data = "one", one), cbind(data = "two", two), cbind(data = "gaps", gaps))
write.csv(all, "generalizability_input.csv", row.names = FALSE, quote = FALSE)
con <- file("generalizability.csv", "w")
writeLines(paste0("# ", R.version.string, "; lme4 ", packageVersion("lme4")), con)
write.csv(format(do.call(rbind, rows), digits = 10, trim = TRUE, scientific = FALSE), con, row.names = FALSE, quote = 1:2)
close(con)
