# Bayesian ordinal regressions by Stan: Rscript brms.R [fit ...] (writes brms_data.csv, brms.csv, brms_draws.csv; some ten minutes)
# The priors are those of valuestats.EffectPriors, exactly. brms has no such prior of thresholds, so it is added to the Stan
# code: cumulative families - log category shares of an average row, relative to any one of them, normal with mean 0 and
# covariance trigamma(1) (I + 11'), with its Jacobian; sequential and adjacent - normal thresholds with the moments in
# brms_thresholds.csv (valuestats.latent.likelihoods.family_probabilities.induced_moments, 5 digits).
# brms.csv: posterior mean, standard deviation, 2.5 % and 97.5 % points and effective draws of each term.
# brms_draws.csv: three posterior draws of every parameter of each fit with the log-likelihood of all answers there.
suppressMessages({library(brms); library(rstan)})
if (rstan_options("boost_lib") == "") rstan_options(boost_lib = "/usr/include")  # Debian keeps Boost there
set.seed(20261123)
data <- expand.grid(x = -2:2, wording = paste0("w", 1:5), model = c("a", "b"), item = sprintf("i%02d", 1:12), stringsAsFactors = FALSE)
data$effort <- sample(0:3, nrow(data), TRUE)
item <- matrix(rnorm(24), 12) %*% chol(matrix(c(0.64, 0.18, 0.18, 0.16), 2))
rownames(item) <- sprintf("i%02d", 1:12)
wording <- setNames(rnorm(5, 0, 0.5), paste0("w", 1:5))
eta <- 0.7 * (data$model == "b") + 0.3 * data$x + item[data$item, 1] + item[data$item, 2] * data$x + wording[data$wording] +
  c(0, 0.6, 0.7, 1)[data$effort + 1] - 0.6
data$answer <- as.integer(cut(ifelse(data$model == "b", 1.5, 1) * rlogis(nrow(data)) + eta, c(-Inf, -1.5, 0, 1.5, Inf)))
data <- data[c("model", "item", "wording", "x", "effort", "answer")]
write.csv(data, "brms_data.csv", row.names = FALSE, quote = FALSE)
sd_x <- sqrt(mean(data$x^2))

shares <- "
  real shares_lpdf(vector c, int link) {
    int K = rows(c) + 1;
    vector[K - 1] F;
    vector[K] l;
    real f;
    if (link == 1) {
      F = inv_logit(c);
      f = sum(log_inv_logit(c)) + sum(log1m_inv_logit(c));
    } else if (link == 2) {
      F = Phi(c);
      f = std_normal_lpdf(c);
    } else {
      F = inv_cloglog(c);
      f = sum(c) - sum(exp(c));
    }
    l[1] = log(F[1]);
    for (k in 2:(K - 1)) l[k] = log(F[k] - F[k - 1]);
    l[K] = log1m(F[K - 1]);
    return -0.5 * (dot_self(l) - square(sum(l)) / K) / trigamma(1) + f - sum(l);
  }"
moments <- read.csv("brms_thresholds.csv", comment.char = "#")
thresholds <- function(family, at = "Intercept") {
  if (family$family == "cumulative") {
    return(stanvar(scode = shares, block = "functions") +
      stanvar(scode = sprintf("target += shares_lpdf(%s | %d);", at, match(family$link, c("logit", "probit", "cloglog"))), block = "model"))
  }
  own <- moments[moments$family == family$family, ]
  stanvar(own$mean, "cut_mean", "  vector[3] cut_mean;") + stanvar(as.matrix(own[c("c1", "c2", "c3")]), "cut_cov", "  matrix[3, 3] cut_cov;") +
    stanvar(scode = "target += multi_normal_lpdf(Intercept | cut_mean, cut_cov);", block = "model")
}
n <- function(s) sprintf("normal(0, %.10f)", s)
b <- function(coef, s, ...) set_prior(n(s), class = "b", coef = coef, ...)
flat <- set_prior("", class = "Intercept")
one <- b("modelb", 1.5); two <- one + b("x", 1.5 / sd_x); spread <- set_prior(n(1), class = "sd")
probit <- 0.55; cloglog <- 0.71
fits <- list(
  crossed = list(bf(answer ~ model + x + (1 | item) + (1 | wording)), cumulative("logit"), two + spread),
  scale = list(bf(answer ~ model + x) + lf(disc ~ 0 + model, cmc = FALSE), cumulative("probit"),
               b("modelb", 1.5 * probit) + b("x", 1.5 * probit / sd_x) + b("modelb", 0.5, dpar = "disc")),
  cloglog = list(bf(answer ~ model + x), cumulative("cloglog"), b("modelb", 1.5 * cloglog) + b("x", 1.5 * cloglog / sd_x)),
  specific = list(bf(answer ~ model + cs(x)), sratio("logit"), one + b("x", 1 / sd_x)),
  adjacent = list(bf(answer ~ model + x + (1 | item)), acat("logit"), two + spread),
  monotonic = list(bf(answer ~ model + mo(effort)), cumulative("logit"), one + b("moeffort", 1.5 / 3) + set_prior("dirichlet(1)", class = "simo", coef = "moeffort1")),
  slopes = list(bf(answer ~ model + x + (x | item)), cumulative("logit"), two + spread + set_prior("lkj(2)", class = "cor"))
)
only <- commandArgs(TRUE)
keep <- function(part, file, digits) {  # replaces the rows of this fit
  part <- format(part, digits = digits, trim = TRUE)
  if (file.exists(file)) {
    old <- read.csv(file, comment.char = "#", colClasses = "character")
    part <- rbind(old[old$fit != part$fit[1], ], part)
    part <- part[order(match(part$fit, names(fits))), ]
  }
  con <- base::file(file, "w")
  writeLines(paste0("# ", R.version.string, "; brms ", packageVersion("brms"), "; rstan ", packageVersion("rstan")), con)
  write.csv(part, con, row.names = FALSE)
  close(con)
}
for (name in if (length(only)) only else names(fits)) {
  f <- fits[[name]]
  at <- if (name == "monotonic") "Intercept - 0.5 * 3 * bsp[1]" else "Intercept"  # valuestats centres a monotonic effect
  fit <- brm(f[[1]], data = data, family = f[[2]], prior = f[[3]] + flat, stanvars = thresholds(f[[2]], at), chains = 4, cores = 1,
             iter = 2500, warmup = 750, refresh = 0, seed = 7, control = list(adapt_delta = 0.9))
  found <- as.matrix(fit, regex = TRUE, variable = "^(b|bcs|bsp|sd|cor|simo)_")
  stat <- posterior::summarise_draws(posterior::subset_draws(posterior::as_draws_array(fit), variable = colnames(found)), "mean", "sd",
                                     ~quantile(.x, c(0.025, 0.975)), "ess_bulk")
  columns <- lapply(c(mean = "mean", sd = "sd", lower = "2.5%", upper = "97.5%", ess = "ess_bulk"), function(s) as.numeric(stat[[s]]))
  keep(data.frame(fit = name, name = stat$variable, columns), "brms.csv", 6)
  pick <- c(1, 3000, 7000)
  whole <- as.matrix(fit)[pick, ]
  whole <- cbind(whole[, !colnames(whole) %in% c("lp__", "lprior", "Intercept", "disc")], log_likelihood = rowSums(log_lik(fit))[pick])
  keep(data.frame(fit = name, draw = rep(1:3, ncol(whole)), name = rep(colnames(whole), each = 3), value = sprintf("%.10f", whole)),
       "brms_draws.csv", 12)
}
