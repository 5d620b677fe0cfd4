# Reference values of design-based estimation from survey (svydesign, svymean, svyby, svyciprop, rake): Rscript survey.R
suppressMessages(library(survey))
rows <- list()
put <- function(case, group, option, ...)
  rows[[length(rows) + 1]] <<- data.frame(case, group, option, ...)
d <- read.csv("survey_sample.csv", stringsAsFactors = FALSE)
d$valid <- d$q <= 4
for (k in 1:4) d[[paste0("o", k)]] <- as.numeric(d$q == k)
no_west <- d[d$stratum != "west", ]          # the stratum "west" has one cluster
estimate <- function(case, design, group, where) {
  domain <- subset(design, where & valid)
  for (k in 1:4) {
    f <- as.formula(paste0("~o", k))
    m <- svymean(f, domain, deff = "replace")
    logit <- svyciprop(f, domain, method = "logit", df = degf(domain))
    beta <- svyciprop(f, domain, method = "beta", df = degf(domain))
    put(case, group, k, estimate = coef(m)[[1]], std_error = SE(m)[[1]], deff = deff(m)[[1]], df = degf(domain),
        lower = confint(logit)[1], upper = confint(logit)[2], beta_lower = confint(beta)[1], beta_upper = confint(beta)[2])
  }
}
run <- function(case, design) {
  v <- design$variables
  estimate(case, design, "all", rep(TRUE, nrow(v)))
  for (s in c("f", "m")) {
    estimate(case, design, s, v$sex == s)
    for (a in unique(v$age)) estimate(case, design, paste(s, a), v$sex == s & v$age == a)
  }
}
options(survey.lonely.psu = "fail")
run("full", svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = no_west, nest = TRUE))
run("strata", svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = d))
run("clusters", svydesign(ids = ~psu, weights = ~weight, data = d))
run("weights", svydesign(ids = ~1, weights = ~weight, data = d))
run("none", svydesign(ids = ~1, weights = ~rep(1, nrow(d)), data = d))
for (policy in c("adjust", "remove")) {
  options(survey.lonely.psu = policy)
  run(policy, svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE))
}
frame <- do.call(rbind, rows)
write_csv <- function(frame, path) {
  con <- file(path, "w")
  writeLines(paste0("# ", R.version.string, "; survey ", packageVersion("survey")), con)
  numbers <- sapply(frame, is.numeric)
  frame[numbers] <- lapply(frame[numbers], function(x) formatC(x, digits = 14, format = "g"))
  write.csv(frame, con, row.names = FALSE, quote = FALSE)
  close(con)
}
write_csv(frame, "survey.csv")
# Raking to two margins, from the design weights
d <- d[d$weight > 0, ]
design <- svydesign(ids = ~1, weights = ~weight, data = d)
total <- sum(d$weight)
raked <- rake(design, list(~sex, ~age), list(data.frame(sex = c("f", "m"), Freq = c(.51, .49) * total),
  data.frame(age = c("18-34", "35-59", "60+"), Freq = c(.27, .42, .31) * total)), control = list(maxit = 500, epsilon = 1e-12))
write_csv(data.frame(id = d$id, weight = weights(raked)), "survey_raked.csv")
