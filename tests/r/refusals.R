# Multilevel logistic regression of refusals, for tests/test_refusals.py.
# Run: Rscript tests/r/refusals.R (in the root; reads refusals_input.csv, writes refusals.csv)
# The input is simulated by valuestats.missing.simulate.simulate_refusals(models=12, publishers=5, statements=4,
# repeats=5, intercept=-1.5, seed=5).
suppressMessages(library(lme4))
d <- read.csv("tests/r/refusals_input.csv")
fit <- glmer(cbind(events, trials - events) ~ 1 + (1 | model) + (1 | topic) + (1 | model:topic) + (1 | item) + (1 | model:item),
             data = d, family = binomial, control = glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5)))
v <- as.data.frame(VarCorr(fit))
out <- data.frame(what = "intercept", level = "", value = fixef(fit)[[1]])
out <- rbind(out, data.frame(what = "sd", level = v$grp, value = v$sdcor))
for (g in c("model", "topic")) {
  r <- ranef(fit)[[g]]
  out <- rbind(out, data.frame(what = g, level = rownames(r), value = r[[1]]))
}
con <- file("tests/r/refusals.csv", "w")
writeLines(sprintf("# lme4 %s, %s", packageVersion("lme4"), R.version.string), con)
write.csv(out, con, row.names = FALSE)
close(con)
