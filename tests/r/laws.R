# Reference numbers of tests/laws/references/expected.csv: R 4.2.2 (nls, lm, optim), MASS 7.3-58.2 for profiles of nls.
# Run from tests/laws/references. Data: simulated here. Logs of outcomes throughout; profiles are of Student's t.
library(MASS)
set.seed(17)

one <- data.frame(size = rep(10^seq(6, 10, length.out = 12), each = 3))
share <- runif(nrow(one), 0.005, 0.04)
one$loss <- (1.6 + 60 * one$size^-0.22) * exp(rnorm(nrow(one), 0, sqrt(0.02^2 + share^2)))
one$error <- one$loss * share
two <- expand.grid(params = 10^seq(7, 10, length.out = 7), tokens = 10^seq(8.5, 11.5, length.out = 7))
two$loss <- (1.7 + 400 * two$params^-0.34 + 900 * two$tokens^-0.3) * exp(rnorm(nrow(two), 0, 0.01))
write.csv(one, "one_size.csv", row.names = FALSE, quote = FALSE)
write.csv(two, "two_sizes.csv", row.names = FALSE, quote = FALSE)
one <- read.csv("one_size.csv"); two <- read.csv("two_sizes.csv")

rows <- list()
keep <- function(case, parameter, estimate, lower = NA, upper = NA)
  rows[[length(rows) + 1]] <<- data.frame(case, parameter, estimate, lower, upper)

line <- lm(log(loss) ~ log(size), one)
ends <- confint(line)
keep("no floor", "log coefficient", coef(line)[1], ends[1, 1], ends[1, 2])
keep("no floor", "exponent", -coef(line)[2], -ends[2, 2], -ends[2, 1])

control <- nls.control(maxiter = 1000, tol = 1e-6, minFactor = 1e-14)
curve1 <- deriv(~ log(exp(e) + exp(a - alpha * x)), c("e", "a", "alpha"), function(e, a, alpha, x) NULL)
fit <- nls(log(loss) ~ curve1(e, a, alpha, log(size)), one,
           start = list(e = log(1.6), a = log(60), alpha = 0.22), control = control)
ends <- confint(fit)
keep("floor", "floor", exp(coef(fit)["e"]), exp(ends["e", 1]), exp(ends["e", 2]))
keep("floor", "log coefficient", coef(fit)["a"], ends["a", 1], ends["a", 2])
keep("floor", "exponent", coef(fit)["alpha"], ends["alpha", 1], ends["alpha", 2])

curve2 <- deriv(~ log(exp(e) + exp(a - alpha * x) + exp(b - beta * z)), c("e", "a", "alpha", "b", "beta"),
                function(e, a, alpha, b, beta, x, z) NULL)
fit <- nls(log(loss) ~ curve2(e, a, alpha, b, beta, log(params), log(tokens)), two,
           start = list(e = log(1.7), a = log(400), alpha = 0.34, b = log(900), beta = 0.3), control = control)
ends <- confint(fit)
names <- c(e = "floor", a = "log coefficient of params", alpha = "exponent of params",
           b = "log coefficient of tokens", beta = "exponent of tokens")
for (k in names(names)) {
  turn <- if (k == "e") exp else identity
  keep("two sizes", names[[k]], turn(coef(fit)[k]), turn(ends[k, 1]), turn(ends[k, 2]))
}

# Known errors: minus the log likelihood by optim from several starts.
s <- one$error / one$loss
minus <- function(p) {
  v <- s^2 + exp(2 * p[4])
  -sum(dnorm(log(one$loss), log(exp(p[1]) + exp(p[2] - p[3] * log(one$size))), sqrt(v), log = TRUE))
}
best <- NULL
for (k in 1:20) {
  begin <- c(log(1.6), log(60), 0.22, log(0.01)) + rnorm(4, 0, c(0.05, 0.3, 0.02, 0.5))
  found <- optim(begin, minus, method = "Nelder-Mead", control = list(maxit = 20000, reltol = 1e-15))
  found <- optim(found$par, minus, method = "BFGS", control = list(maxit = 5000, reltol = 1e-15))
  if (is.null(best) || found$value < best$value) best <- found
}
keep("known errors", "floor", exp(best$par[1])); keep("known errors", "log coefficient", best$par[2])
keep("known errors", "exponent", best$par[3]); keep("known errors", "scatter", exp(best$par[4]))
keep("known errors", "minus log likelihood", best$value)
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
