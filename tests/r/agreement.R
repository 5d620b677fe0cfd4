# Cohen's kappa from psych on two_raters.csv: Rscript agreement.R
suppressMessages(library(psych))
x <- read.csv("two_raters.csv")
x <- x[complete.cases(x), ]
linear <- outer(1:4, 1:4, function(i, j) 1 - abs(i - j) / 3)
value <- c(unweighted = cohen.kappa(x)$kappa, linear = cohen.kappa(x, w = linear)$weighted.kappa, quadratic = cohen.kappa(x)$weighted.kappa)
con <- file("agreement.csv", "w")
writeLines(paste0("# ", R.version.string, "; psych ", packageVersion("psych")), con)
write.csv(format(data.frame(kappa = names(value), value = value), digits = 12), con, row.names = FALSE, quote = FALSE)
close(con)
