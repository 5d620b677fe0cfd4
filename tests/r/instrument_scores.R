# Means and SDs over people of scale scores: psych::scoreItems (bfi), base R (PVQ-40 about the person's mean):
# Rscript instrument_scores.R psychTools_bfi.csv smacof_PVQ40_raw.csv
suppressMessages(library(psych))
rows <- list()
put <- function(data, dimension, quantity, value)
  rows[[length(rows) + 1]] <<- data.frame(data, dimension, quantity, value = unname(value))
paths <- commandArgs(TRUE)
bfi <- read.csv(paths[1])
keys <- list(Agreeableness = c("-A1", "A2", "A3", "A4", "A5"), Conscientiousness = c("C1", "C2", "C3", "-C4", "-C5"),
             Extraversion = c("-E1", "-E2", "E3", "E4", "E5"), Neuroticism = paste0("N", 1:5), Openness = c("O1", "-O2", "O3", "O4", "-O5"))
items <- bfi[, sub("-", "", unlist(keys))]
scored <- scoreItems(keys, items, impute = "none", min = 1, max = 6)
for (k in names(keys)) {
  put("bfi", k, "mean", mean(scored$scores[, k], na.rm = TRUE))
  put("bfi", k, "sd", sd(scored$scores[, k], na.rm = TRUE))
  a <- alpha(items[, sub("-", "", keys[[k]])], keys = ifelse(startsWith(keys[[k]], "-"), -1, 1), warnings = FALSE)
  put("bfi", k, "alpha", a$total$raw_alpha)
}
pvq <- read.csv(paths[2])[, 2:41]
pvq[pvq == 0] <- NA
pvq <- 7 - pvq
values <- list(Self_Direction = c(1, 11, 22, 34), Stimulation = c(6, 15, 30), Hedonism = c(10, 26, 37), Achievement = c(4, 13, 24, 32),
               Power = c(2, 17, 39), Security = c(5, 14, 21, 31, 35), Conformity = c(7, 16, 28, 36), Tradition = c(9, 20, 25, 38),
               Benevolence = c(12, 18, 27, 33), Universalism = c(3, 8, 19, 23, 29, 40))
mrat <- rowMeans(pvq, na.rm = TRUE)
raw <- sapply(values, function(v) rowMeans(pvq[, v], na.rm = TRUE))
for (v in names(values)) {
  put("pvq40", v, "raw", mean(raw[, v]))
  put("pvq40", v, "centred", mean(raw[, v] - mrat))
  put("pvq40", v, "se", sd(raw[, v] - mrat) / sqrt(nrow(pvq)))
  put("pvq40", v, "alpha", alpha(pvq[, values[[v]]], warnings = FALSE)$total$raw_alpha)
}
put("pvq40", "Conservation", "by_values", mean(rowMeans(raw[, c("Security", "Conformity", "Tradition")]) - mrat))
put("pvq40", "Conservation", "by_items", mean(rowMeans(pvq[, c(5, 7, 9, 14, 16, 20, 21, 25, 28, 31, 35, 36, 38)], na.rm = TRUE) - mrat))
con <- file("instrument_scores.csv", "w")
writeLines(paste0("# ", R.version.string, "; psych ", packageVersion("psych")), con)
write.csv(format(do.call(rbind, rows), digits = 12, trim = TRUE, scientific = FALSE), con, row.names = FALSE, quote = 1:3)
close(con)
