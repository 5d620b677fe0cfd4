# Omega hierarchical and total of psych::omega (minres, oblimin): Rscript omega.R psychTools_bfi.csv
suppressMessages(library(psych))
rows <- list()
put <- function(data, factors, quantity, value)
  rows[[length(rows) + 1]] <<- data.frame(data, factors, quantity, value = unname(value))
fit <- function(name, r, q) {
  o <- suppressMessages(suppressWarnings(omega(r, nfactors = q, fm = "minres", rotate = "oblimin", flip = FALSE, plot = FALSE, n.obs = 500)))
  put(name, q, "omega_hierarchical", o$omega_h)
  put(name, q, "omega_total", o$omega.tot)
  for (i in seq_len(nrow(r))) put(name, q, paste0("g", i), o$schmid$sl[i, "g"])
}
# nine made-up tests, three groups of three, of unequal loadings
l <- matrix(0, 9, 3)
l[1:3, 1] <- c(.8, .7, .5); l[4:6, 2] <- c(.7, .6, .6); l[7:9, 3] <- c(.75, .55, .4)
l[3, 2] <- .2; l[6, 3] <- .15
phi <- matrix(c(1, .5, .4, .5, 1, .3, .4, .3, 1), 3)
made <- l %*% phi %*% t(l)
diag(made) <- 1
made <- made + outer(1:9, 1:9, function(i, j) ifelse(i == j, 0, .02 * cos(3 * (i + j) + i * j)))
fit("made", made, 3)
thurstone <- as.matrix(Thurstone)
fit("thurstone", thurstone, 3)
write.table(cbind(data = c(rep("made", 9), rep("thurstone", 9)), as.data.frame(rbind(unname(made), unname(thurstone)))), "omega_input.csv", sep = ",", row.names = FALSE)
# nine ordered items of the same structure, by omega(poly = TRUE)
set.seed(20261121)
z <- matrix(rnorm(700 * 9), 700) %*% chol(made)
ordered_items <- apply(z, 2, function(v) findInterval(v, c(-1.2, -.3, .5, 1.3)) + 1)
write.csv(ordered_items, "omega_ordinal_input.csv", row.names = FALSE)
o <- suppressMessages(suppressWarnings(omega(ordered_items, nfactors = 3, fm = "minres", rotate = "oblimin", poly = TRUE, flip = FALSE, plot = FALSE)))
put("ordered", 3, "omega_hierarchical_ordinal", o$omega_h)
put("ordered", 3, "omega_total_ordinal", o$omega.tot)
put("ordered", 3, "omega_hierarchical_of_codes", suppressMessages(suppressWarnings(omega(cor(ordered_items), nfactors = 3, fm = "minres", rotate = "oblimin", flip = FALSE, plot = FALSE, n.obs = 700)))$omega_h)
bfi <- read.csv(commandArgs(TRUE)[1])
x <- bfi[, grep("^[ACENO][1-5]$", names(bfi))]
for (k in c("A1", "C4", "C5", "E1", "E2", "O2", "O5", paste0("N", 1:5))) x[[k]] <- 7 - x[[k]]
r <- cor(x, use = "pairwise")
fit("bfi", r, 5)
fit("bfi", r, 3)
p <- suppressWarnings(polychoric(x[, 16:20], correct = 0)$rho)
f <- fa(p, fm = "minres")$loadings
put("bfi_neuroticism", 1, "omega_ordinal", sum(f)^2 / (sum(f)^2 + sum(1 - f^2)))
con <- file("omega.csv", "w")
writeLines(paste0("# ", R.version.string, "; psych ", packageVersion("psych"), "; GPArotation ", packageVersion("GPArotation")), con)
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE, scientific = FALSE), con, row.names = FALSE, quote = c(1, 3))
close(con)
