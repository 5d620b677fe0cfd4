# Reference numbers of tests/choice/references/expected.json: R 4.2.2, BradleyTerry2 1.1.2, PlackettLuce 0.4.3, survival 3.5.3.
# Run from tests/choice/references. Log-worths are centred over items (sum to zero), errors are of the centred ones.
library(BradleyTerry2)
library(PlackettLuce)
library(survival)

centred <- function(estimate, vcov) {
  n <- length(estimate)
  to <- diag(n) - 1 / n
  data.frame(estimate = drop(to %*% estimate), std_error = sqrt(diag(to %*% vcov %*% t(to))))
}

# Baseball (Agresti 2002), home advantage as the effect of being listed first.
d <- read.csv("baseball.csv")
teams <- sort(unique(c(d$home, d$away)))
d$home.team <- data.frame(team = factor(d$home, teams), at.home = 1)
d$away.team <- data.frame(team = factor(d$away, teams), at.home = 0)
fit <- BTm(cbind(home_wins, away_wins), home.team, away.team, ~ team + at.home, id = "team", data = d)
print(coef(fit)); print(logLik(fit))

# Puddings (Davidson 1970): Davidson's ties are Plackett-Luce with ties of two.
p <- read.csv("pudding.csv", colClasses = c(item_i = "character", item_j = "character"))
items <- sort(unique(c(p$item_i, p$item_j)))
orders <- rbind(cbind(p$item_i, p$item_j, p$wins_i, "win"), cbind(p$item_j, p$item_i, p$wins_j, "win"),
                cbind(p$item_i, p$item_j, p$ties, "tie"))
R <- matrix(0, nrow(orders), length(items), dimnames = list(NULL, items))
for (k in seq_len(nrow(orders))) R[k, orders[k, 1:2]] <- if (orders[k, 4] == "tie") c(1, 1) else c(1, 2)
fit <- PlackettLuce(as.rankings(R), weights = as.numeric(orders[, 3]), npseudo = 0, epsilon = 1e-12)
print(summary(fit, ref = NULL)); print(logLik(fit))

# Salad dressings, complete rankings; and with independent N(0, 2) priors on the log-worths.
s <- read.csv("salad.csv")
R <- rankings(s, "ranking", "item", "rank")
print(summary(PlackettLuce(R, npseudo = 0), ref = NULL))
print(summary(PlackettLuce(R, npseudo = 0, normal = list(mu = rep(0, 4), Sigma = 2 * diag(4)))))

# ISSP 2000, four ratings as rankings with ties up to all four.
i <- read.csv("issp.csv")
R <- rankings(i, "ranking", "item", "rank")
w <- i$weight[!duplicated(i$ranking)]
print(summary(PlackettLuce(R, weights = w, npseudo = 0), ref = NULL))

# One out of several: conditional logit with a covariate and an effect of the first place; errors clustered by subject (HC0).
c <- read.csv("top_one.csv")
c$first <- as.numeric(c$position == 1)
fit <- clogit(chosen ~ item + x + first + strata(set), data = c, method = "exact")
print(coef(fit)); print(logLik(fit)); print(vcov(fit))
u <- rowsum(residuals(fit, type = "score"), c$subject)
print(sqrt(diag(vcov(fit) %*% crossprod(u) %*% vcov(fit))))

# Puddings with the ties of Rao and Kupper: a cumulative logit with symmetric thresholds on differences of log-worths.
library(ordinal)
counts <- rbind(data.frame(p[1:2], outcome = "win", n = p$wins_i), data.frame(p[1:2], outcome = "tie", n = p$ties),
                data.frame(p[1:2], outcome = "loss", n = p$wins_j))
counts$outcome <- factor(counts$outcome, c("loss", "tie", "win"), ordered = TRUE)
x <- outer(counts$item_i, items, "==") - outer(counts$item_j, items, "==")
print(summary(clm(outcome ~ x[, -1], weights = n, data = counts, threshold = "symmetric2")))
