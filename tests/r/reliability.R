# Reference values of reliability from psych (alpha, fa, ICC, splitHalf): Rscript reliability.R [psychTools_bfi.csv]
suppressMessages(library(psych))
rows <- list()
put <- function(data, quantity, value, lower = NA, upper = NA)
  rows[[length(rows) + 1]] <<- data.frame(data, quantity, value = unname(value), lower = unname(lower), upper = unname(upper))
scale_rows <- function(name, x) {
  for (kind in c("pairwise", "complete")) {
    y <- if (kind == "complete") x[complete.cases(x), ] else x
    a <- alpha(y, warnings = FALSE)
    r <- cor(y, use = "pairwise")
    fit <- fa(r, nfactors = 1, fm = "minres", n.obs = nrow(y))
    l <- as.vector(fit$loadings)
    ml <- fa(r, nfactors = 1, fm = "ml", n.obs = nrow(y))
    m <- as.vector(ml$loadings)
    feldt <- alpha.ci(a$total$raw_alpha, n.obs = nrow(y), n.var = ncol(y))
    put(name, paste0("alpha_", kind), a$total$raw_alpha, feldt$lower.ci, feldt$upper.ci)
    put(name, paste0("alpha_standardised_", kind), a$total$std.alpha)
    put(name, paste0("omega_minres_", kind), sum(l)^2 / (sum(l)^2 + sum(1 - l^2)))
    put(name, paste0("omega_ml_", kind), sum(m)^2 / (sum(m)^2 + sum(1 - m^2)))
    put(name, paste0("n_", kind), nrow(y))
  }
  y <- x[complete.cases(x), ]
  s <- splitHalf(y, raw = TRUE, n.sample = 5000)
  put(name, "split_half_max", s$maxrb)
  put(name, "split_half_min", s$minrb)
  put(name, "split_half_mean", s$meanr)
}
sample <- read.csv("sample.csv")
scale_rows("sample", sample[, 1:6])
# Shrout and Fleiss (1979), table 2: six targets, four judges
sf <- matrix(c(9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7), ncol = 4, byrow = TRUE)
for (case in c("shrout_fleiss", "sample")) {
  y <- if (case == "sample") as.matrix(sample[complete.cases(sample), 1:6]) else sf
  found <- ICC(y, lmer = FALSE)$results
  names <- c("ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(k)", "ICC(A,k)", "ICC(C,k)")
  for (i in 1:6) put(case, names[i], found$ICC[i], found[i, "lower bound"], found[i, "upper bound"])
}
path <- commandArgs(TRUE)
if (length(path)) {
  bfi <- read.csv(path[1])
  keys <- list(agree = c("-A1", "A2", "A3", "A4", "A5"), conscientious = c("C1", "C2", "C3", "-C4", "-C5"),
               extraversion = c("-E1", "-E2", "E3", "E4", "E5"), neuroticism = paste0("N", 1:5), openness = c("O1", "-O2", "O3", "O4", "-O5"))
  for (name in names(keys)) {
    x <- sapply(keys[[name]], function(k) if (startsWith(k, "-")) 7 - bfi[[substring(k, 2)]] else bfi[[k]])
    scale_rows(paste0("bfi_", name), as.data.frame(x))
  }
}
con <- file("reliability.csv", "w")
writeLines(paste0("# ", R.version.string, "; psych ", packageVersion("psych")), con)
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE, scientific = FALSE), con, row.names = FALSE, quote = 1:2)
close(con)
