# Reference values of scaling (MASS::isoMDS, cmdscale), proportional odds (MASS::polr, ordinal::clm) and ordinal factor
# analysis (lavaan, WLSMV) on simulated answers: Rscript measurement.R  (writes measurement_sample.csv, measurement.csv)
suppressMessages({library(MASS); library(ordinal); library(lavaan)})
set.seed(20261121)
n <- 500
z1 <- rnorm(n); z2 <- 0.5 * z1 + sqrt(0.75) * rnorm(n)
loading <- c(.8, .7, .6, .5, .75, .65, .55, .7)
group <- sample(c("a", "b", "c"), n, replace = TRUE, prob = c(.5, .3, .2))
x <- sapply(1:8, function(j) {
  shift <- if (j == 3) 0.6 * (group == "b") else 0
  latent <- loading[j] * (if (j <= 4) z1 else z2) + shift + sqrt(1 - loading[j]^2) * rnorm(n)
  findInterval(latent, c(-1.2, -0.3, 0.5, 1.4) + 0.1 * (j - 4)) + 1
})
colnames(x) <- paste0("q", 1:8)
sample <- data.frame(group = group, x)
write.csv(sample, "measurement_sample.csv", row.names = FALSE, quote = FALSE)
sample <- read.csv("measurement_sample.csv")
rows <- list()
put <- function(what, name, value, se = NA) rows[[length(rows) + 1]] <<- data.frame(what, name, value = unname(value), se = unname(se))

# scaling: twelve variables on a circle with much noise, as little noise gives an ordinal plane of stress 0 that is not unique
angle <- (0:11) * pi / 6
circle <- matrix(rnorm(120), 60) %*% rbind(cos(angle), sin(angle)) + 1.5 * matrix(rnorm(720), 60)
d <- as.dist(1 - cor(circle))
pairs <- combn(12, 2)
label <- paste0("d", pairs[1, ], "_", pairs[2, ])
for (k in seq_along(d)) put("dissimilarity", label[k], d[k])
cm <- cmdscale(d, k = 2)
for (k in seq_along(d)) put("classical", label[k], dist(cm)[k])
best <- isoMDS(d, y = cm, k = 2, maxit = 500, tol = 1e-9, trace = FALSE)
for (s in 1:200) {
  try({
    now <- isoMDS(d, y = matrix(rnorm(24), 12), k = 2, maxit = 500, tol = 1e-9, trace = FALSE)
    if (now$stress < best$stress) best <- now
  }, silent = TRUE)
}
put("isoMDS", "stress", best$stress / 100)
dd <- dist(best$points)
for (k in seq_along(dd)) put("isoMDS", label[k], dd[k] / sqrt(mean(dd^2)))

# proportional odds, item by item; match = mean of the other items of the same half
for (j in 1:8) {
  half <- if (j <= 4) 1:4 else 5:8
  y <- factor(sample[[j + 1]]); match <- rowMeans(sample[, setdiff(half, j) + 1]); g <- factor(sample$group)
  m0 <- clm(y ~ match); m1 <- clm(y ~ match + g); m2 <- clm(y ~ match * g)
  put("clm", paste0("q", j, " logLik0"), logLik(m0)); put("clm", paste0("q", j, " logLik1"), logLik(m1))
  put("clm", paste0("q", j, " logLik2"), logLik(m2)); put("clm", paste0("q", j, " null"), logLik(clm(y ~ 1)))
  s <- coef(summary(m1))
  for (v in c("match", "gb", "gc")) put("clm", paste0("q", j, " ", v), s[v, 1], s[v, 2])
  total <- as.vector(scale(rowMeans(sample[, half + 1]))); square <- total^2
  t0 <- clm(y ~ total + square); t1 <- clm(y ~ total + square + g); t2 <- clm(y ~ total * g + square)
  put("clm_total", paste0("q", j, " logLik0"), logLik(t0)); put("clm_total", paste0("q", j, " logLik1"), logLik(t1))
  put("clm_total", paste0("q", j, " logLik2"), logLik(t2)); s <- coef(summary(t1))
  for (v in c("gb", "gc")) put("clm_total", paste0("q", j, " ", v), s[v, 1], s[v, 2])
  p <- polr(y ~ match + g, Hess = TRUE); s <- coef(summary(p))
  for (v in c("gb", "gc")) put("polr", paste0("q", j, " ", v), s[v, 1], s[v, 2])
}

# ordinal factor analysis, two correlated factors
model <- "f1 =~ q1 + q2 + q3 + q4\n f2 =~ q5 + q6 + q7 + q8"
fit <- cfa(model, sample[, -1], ordered = TRUE, std.lv = TRUE, estimator = "WLSMV", parameterization = "delta")
e <- parameterEstimates(fit, standardized = TRUE)
for (k in which(e$op == "=~")) put("lavaan", paste(e$rhs[k], "loading"), e$std.all[k], e$se[k])
for (k in which(e$op == "|")) put("lavaan", paste(e$lhs[k], e$rhs[k]), e$est[k], e$se[k])
k <- which(e$op == "~~" & e$lhs == "f1" & e$rhs == "f2"); put("lavaan", "correlation", e$est[k], e$se[k])
fit <- cfa(model, sample[, -1], ordered = TRUE, std.lv = TRUE, estimator = "WLSMV", parameterization = "theta")
e <- parameterEstimates(fit)
for (k in which(e$op == "=~")) put("lavaan_theta", paste(e$rhs[k], "loading"), e$est[k], e$se[k])

one <- cfa("f1 =~ q1 + q2 + q3 + q4", sample[, 2:5], ordered = TRUE, std.lv = TRUE, estimator = "WLSMV", parameterization = "delta")
e <- parameterEstimates(one, standardized = TRUE)
for (k in which(e$op == "=~")) put("lavaan_one", paste(e$rhs[k], "loading"), e$std.all[k], e$se[k])
for (k in which(e$op == "|")) put("lavaan_one", paste(e$lhs[k], e$rhs[k]), e$est[k], e$se[k])

con <- file("measurement.csv", "w")
v <- function(p) paste0("; ", p, " ", packageVersion(p))
writeLines(paste0("# ", R.version.string, v("MASS"), v("ordinal"), v("lavaan")), con)
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE, scientific = FALSE), con, row.names = FALSE, quote = FALSE)
close(con)
