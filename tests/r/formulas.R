# Formulas and maximum likelihood by base R and package ordinal: Rscript formulas.R
# writes formula_data.csv, formula_matrices.csv (columns of model.matrix, without the intercept), wine.csv (the data of
# ordinal::wine: Randall 1989) and formula_fits.csv.
suppressMessages(library(ordinal)); library(splines)
set.seed(20261130)
n <- 60
data <- data.frame(a = rep(c("p", "q", "r"), 20), b = rep(c("u", "v"), each = 30), k = rep(1:4, 15),
                   x = round(rnorm(n), 2), z = round(rexp(n) + 0.1, 2))
data$y <- as.integer(cut(0.6 * (data$a == "q") + 0.5 * data$x + rlogis(n), c(-Inf, -1, 0.5, Inf)))
write.csv(data, "formula_data.csv", row.names = FALSE, quote = FALSE)
data$a <- factor(data$a); data$b <- factor(data$b)
matrices <- list(
  "a*b*x" = ~ a*b*x, "a/x" = ~ a/x, "a/b" = ~ a/b, "b/a/x" = ~ b/a/x, "(a+b+x)^2" = ~ (a+b+x)^2, "a:x" = ~ a:x,
  "a*b - a:b" = ~ a*b - a:b, "x + a/(x + z)" = ~ x + a/(x + z), "(a + b)/x" = ~ (a + b)/x, "b + a:b" = ~ b + a:b,
  "C(a, Sum)*x" = ~ C(a, contr.sum)*x, "C(k)" = ~ factor(k), "C(k, Poly)" = ~ C(factor(k), contr.poly),
  "C(a, Treatment('q'))" = ~ relevel(factor(a), "q"), "scale(x)*a" = ~ scale(x)*a, "poly(x, 3)" = ~ poly(x, 3),
  "a*poly(log(z), 2)" = ~ a*poly(log(z), 2), "bs(x, df=5)" = ~ bs(x, df = 5), "bs(z, df=4, degree=2)" = ~ bs(z, df = 4, degree = 2),
  "I(x^2 + 2*z)" = ~ I(x^2 + 2*z), "log(z) + sqrt(z) + exp(x) + abs(x)" = ~ log(z) + sqrt(z) + exp(x) + abs(x),
  "I(-x / (1 + z))" = ~ I(-x / (1 + z)))
columns <- do.call(rbind, lapply(names(matrices), function(name) {
  m <- model.matrix(matrices[[name]], data)[, -1, drop = FALSE]
  data.frame(formula = paste0('"', name, '"'), column = seq_len(ncol(m)), row = rep(seq_len(n), each = ncol(m)), value = sprintf("%.10g", as.vector(t(m))))
}))
write.csv(columns, "formula_matrices.csv", row.names = FALSE, quote = FALSE)
out <- wine[c("rating", "temp", "contact", "bottle", "judge")]
write.csv(out, "wine.csv", row.names = FALSE, quote = FALSE)
rows <- list()
keep <- function(fit, name, estimate, se = NA, lower = NA, upper = NA)
  rows[[length(rows) + 1]] <<- data.frame(fit, name, estimate = unname(estimate), se = unname(se), lower = unname(lower), upper = unname(upper))
tight <- clm.control(gradTol = 1e-10)
whole <- function(label, fit, profiled = FALSE) {
  found <- coef(fit)[!is.na(coef(fit))]
  ci <- if (profiled) suppressMessages(confint(fit)) else NULL
  for (k in seq_along(found)) {
    at <- if (is.null(ci)) NA else match(names(found)[k], rownames(ci))
    keep(label, names(found)[k], found[k], sqrt(diag(vcov(fit)))[k], if (is.na(at)) NA else ci[at, 1], if (is.na(at)) NA else ci[at, 2])
  }
  if (inherits(fit, "clmm")) for (g in seq_along(VarCorr(fit))) for (v in colnames(VarCorr(fit)[[g]]))
    keep(label, paste0("sd ", v, " ", names(VarCorr(fit))[g]), sqrt(VarCorr(fit)[[g]][v, v]))
  keep(label, "loglik", as.numeric(logLik(fit))); keep(label, "aic", AIC(fit)); keep(label, "parameters", attr(logLik(fit), "df"))
}
wine$score <- as.numeric(wine$response)
for (link in c("logit", "probit", "cloglog")) whole(paste("wine", link), clm(rating ~ temp + contact, data = wine, link = link, control = tight), TRUE)
whole("wine temp", clm(rating ~ temp, data = wine, control = tight))
whole("wine product", clm(rating ~ temp * contact, data = wine, control = tight))
test <- function(label, small, large) {
  t <- suppressWarnings(anova(small, large))
  keep(label, "LR", t[2, "LR.stat"]); keep(label, "df", t[2, "df"]); keep(label, "p", t[2, "Pr(>Chisq)"])
}
test("test contact", clm(rating ~ temp, data = wine, control = tight), clm(rating ~ temp + contact, data = wine, control = tight))
test("test product", clm(rating ~ temp + contact, data = wine, control = tight), clm(rating ~ temp * contact, data = wine, control = tight))
# Errors from default control (with tight gradients clmm's Hessian by differences is noise), the log-likelihood with the
# random effects' mode found closely, which defaults do not.
mixed <- function(label, ...) {
  whole(label, clmm(...))
  closely <- suppressWarnings(clmm(..., control = clmm.control(gradTol = 1e-8, maxIter = 200, maxLineIter = 200)))
  keep(label, "close loglik", as.numeric(logLik(closely)))
}
mixed("wine judge", rating ~ temp + contact + (1 | judge), data = wine)
mixed("wine judge bottle", rating ~ temp + contact + (1 | judge) + (1 | bottle), data = wine)
mixed("wine judge temp", rating ~ temp + (1 | judge), data = wine)
data$yy <- factor(data$y)
whole("offset", clm(yy ~ a + offset(x), data = data, control = tight), TRUE)
whole("offsets", clm(yy ~ a + offset(log(z) + 0.5 * x), data = data, control = tight))
whole("nested", clm(yy ~ a/x, data = data, control = tight))
whole("polynomial", clm(yy ~ poly(x, 2) + log(z), data = data, control = tight))
inner <- quantile(data$x, c(1, 2) / 3)
whole("natural spline", clm(yy ~ ns(x, knots = inner, Boundary.knots = range(data$x)), data = data, control = tight))
families <- read.csv("ordinal_families_data.csv"); families$y <- factor(families$answer)
mixed("families crossed", y ~ model + x + (1 | item) + (1 | persona), data = families)
mixed("families probit", y ~ model + x + (1 | item), data = families, link = "probit")
# Two terms that do not share a correlation: the slope of x by item as a random effect of its own.
mixed("families slope", y ~ model + x + (1 | item) + (0 + x | item), data = families)
con <- file("formula_fits.csv", "w")
writeLines(paste0("# ", R.version.string, "; ordinal ", packageVersion("ordinal")), con)
found <- do.call(rbind, rows); found$name <- gsub(",", "", found$name)
for (column in c("estimate", "se", "lower", "upper")) found[[column]] <- sprintf("%.9f", found[[column]])
write.csv(found, con, row.names = FALSE, quote = FALSE)
close(con)
