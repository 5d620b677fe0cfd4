# One-off check of the route choices: R 4.2.2, survival 3.5-3. Run beside apolloDataset.csv; the numbers are in
# tests/systems/value_systems/test_routes.py. Errors over persons are the grouped dfbetas of coxph's exact likelihood.
library(survival)
d <- read.csv("apolloDataset.csv")
n <- nrow(d)
long <- data.frame(set = rep(seq_len(n), 2), person = rep(d$ID, 2), chosen = c(d$choice == 1, d$choice == 2),
                   tt = c(d$tt1, d$tt2), tc = c(d$tc1, d$tc2), hw = c(d$hw1, d$hw2), ch = c(d$ch1, d$ch2))
fit <- clogit(chosen ~ tt + tc + hw + ch + strata(set), long)
print(fit$loglik[2], digits = 12)
print(coef(fit), digits = 10)
print(sqrt(diag(vcov(fit))), digits = 10)
robust <- clogit(chosen ~ tt + tc + hw + ch + strata(set) + cluster(person), long, method = "approximate")
print(sqrt(diag(vcov(robust))), digits = 10)
