# Ordinal families by independent software: Rscript ordinal_families.R (writes ordinal_families_data.csv, ordinal_families.csv)
# - clm with scale effects and with nominal effects, clmm with one and two crossed random intercepts (package ordinal);
# - sequential, also with category-specific effects: binomial regressions of "stops here" on stacked answers, which is the
#   same likelihood (base R); adjacent with category-specific effects only: the multinomial logit (package nnet), likewise;
# - adjacent: Poisson log-linear model with linear-by-linear association, the same likelihood (base R);
# - marginal effects: the fitted probabilities of clm at both values of a covariate, averaged over the rows.
suppressMessages(library(ordinal))
set.seed(20261122)
n <- 900
data <- data.frame(item = rep(1:18, each = 50), persona = rep(1:10, 90),
                   model = sample(c("a", "b", "c"), n, TRUE), x = round(rnorm(n), 1))
u <- rnorm(18, 0, 0.9); v <- rnorm(10, 0, 0.5)
z <- 0.7 * (data$model == "b") - 0.4 * (data$model == "c") + 0.5 * data$x + u[data$item] + v[data$persona] + rlogis(n)
data$answer <- as.integer(cut(z, c(-Inf, -1.5, -0.2, 1.2, Inf)))
write.csv(data, "ordinal_families_data.csv", row.names = FALSE, quote = FALSE)
data$y <- factor(data$answer)
rows <- list()
keep <- function(fit, names, estimate, se = NA) {
  rows[[length(rows) + 1]] <<- data.frame(fit, name = names, estimate = unname(estimate), se = unname(se))
}
all_of <- function(label, fit) keep(label, names(coef(fit)), coef(fit), sqrt(diag(vcov(fit)))[seq_along(coef(fit))])
tight <- clm.control(gradTol = 1e-10)
for (link in c("logit", "probit", "cloglog")) all_of(paste0("clm ", link), clm(y ~ model + x, data = data, link = link, control = tight))
scaled <- clm(y ~ model + x, scale = ~ model, data = data, control = tight)
with_scale <- function(label, fit) {
  names <- c(names(fit$alpha), names(fit$beta), paste("log scale", names(fit$zeta)), "loglik")
  keep(label, names, c(coef(fit), logLik(fit)), c(sqrt(diag(vcov(fit))), NA))
}
with_scale("clm scale", scaled)
wide <- clm(y ~ model + x, scale = ~ model, link = "probit", data = data, control = tight)
with_scale("clm probit scale", wide)
nominal <- clm(y ~ x, nominal = ~ model, data = data, control = tight)
all_of("clm nominal", nominal)
keep("clm nominal", "loglik", as.numeric(logLik(nominal)))
one <- clmm(y ~ model + x + (1 | item), data = data, nAGQ = 10)
keep("clmm item", names(coef(one)), coef(one), sqrt(diag(vcov(one)))[1:6])
keep("clmm item", "sd item", sqrt(unlist(VarCorr(one))))
two <- clmm(y ~ model + x + (1 | item) + (1 | persona), data = data)
keep("clmm crossed", names(coef(two)), coef(two), sqrt(diag(vcov(two)))[1:6])
keep("clmm crossed", c("sd item", "sd persona"), sqrt(unlist(VarCorr(two))[c("item", "persona")]))
stacked <- do.call(rbind, lapply(1:3, function(k) {
  at <- data[data$answer >= k, ]
  data.frame(k = factor(k), stop = as.integer(at$answer == k), model = at$model, x = at$x)
}))
for (link in c("logit", "probit", "cloglog")) {
  fit <- glm(stop ~ 0 + k + model + x, family = binomial(link), data = stacked, control = glm.control(epsilon = 1e-12))
  keep(paste("sequential", link), names(coef(fit)), coef(fit) * c(1, 1, 1, -1, -1, -1), sqrt(diag(vcov(fit))))
}
own <- glm(stop ~ 0 + k + model + k:x, family = binomial, data = stacked, control = glm.control(epsilon = 1e-12))
keep("sequential specific", names(coef(own)), coef(own) * c(1, 1, 1, -1, -1, -1, -1, -1), sqrt(diag(vcov(own))))
keep("sequential specific", "loglik", as.numeric(logLik(own)))
free <- nnet::multinom(y ~ model + x, data = data, trace = FALSE, reltol = 1e-14, maxit = 1000)
steps <- rbind(coef(free)[1, ], coef(free)[2, ] - coef(free)[1, ], coef(free)[3, ] - coef(free)[2, ])
keep("adjacent specific", paste(rep(c("cut", "modelb", "modelc", "x"), each = 3), 1:3), c(-steps[, 1], steps[, 2:4]))
keep("adjacent specific", "loglik", as.numeric(logLik(free)))
long <- do.call(rbind, lapply(1:4, function(k) data.frame(row = factor(1:n), k = k, n = as.integer(data$answer == k),
                                                          b = (data$model == "b") * k, c = (data$model == "c") * k, x = data$x * k)))
# The row effects of the Poisson model are the rows' totals: fitted by direct optimisation of the multinomial it equals.
loglik <- function(p) {
  eta <- p[4] * (data$model == "b") + p[5] * (data$model == "c") + p[6] * data$x
  w <- cbind(0, sapply(1:3, function(k) k * eta - sum(p[1:k])))
  -sum(w[cbind(1:n, data$answer)] - log(rowSums(exp(w))))
}
fit <- optim(rep(0, 6), loglik, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-14, maxit = 500))
keep("adjacent logit", c("1|2", "2|3", "3|4", "modelb", "modelc", "x"), fit$par, sqrt(diag(solve(fit$hessian))))
cells <- aggregate(n ~ k + model, data = transform(long, model = data$model[as.integer(as.character(row))]), FUN = sum)
cells$score <- cells$k * (cells$model == "b"); cells$score2 <- cells$k * (cells$model == "c")
poisson <- glm(n ~ factor(k) + model + score + score2, family = poisson, data = cells)
keep("adjacent poisson", c("modelb", "modelc"), coef(poisson)[c("score", "score2")], sqrt(diag(vcov(poisson)))[c("score", "score2")])
plain <- clm(y ~ model + x, data = data, control = tight)
at <- function(m) colMeans(predict(plain, newdata = transform(data[c("model", "x")], model = m), type = "prob")$fit)
for (m in c("b", "c")) keep("effect model", paste(m, "- a at", 1:4), at(m) - at("a"))
for (m in c("a", "b", "c")) keep("score model", m, sum(at(m) * 1:4))
step <- 1e-4
shift <- function(h) predict(plain, newdata = transform(data[c("model", "x")], x = x + h), type = "prob")$fit
keep("effect x", paste("slope at", 1:4), colMeans((shift(step) - shift(-step)) / (2 * step)))
con <- file("ordinal_families.csv", "w")
writeLines(paste0("# ", R.version.string, "; ordinal ", packageVersion("ordinal")), con)
found <- do.call(rbind, rows)
found$estimate <- sprintf("%.9f", found$estimate)
write.csv(format(found, digits = 10, trim = TRUE), con, row.names = FALSE, quote = FALSE)
close(con)
