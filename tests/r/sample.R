# The simulated sample that the other scripts here and the tests read: Rscript sample.R
# 240 people, six ordinal items of five categories on one factor (loadings .8 .7 .6 .5 .4 .3), skewed thresholds,
# 8 % missing, one continuous criterion (correlation with the factor .5), and two raters' codes of 60 objects.
set.seed(20240611)
n <- 240
loading <- c(.8, .7, .6, .5, .4, .3)
f <- rnorm(n)
cuts <- list(c(-1.2, -.3, .4, 1.3), c(-2, -1.2, -.5, .3), c(-.8, 0, .8, 1.6), c(-1, -.4, .2, .9), c(.2, .8, 1.3, 1.9), c(-1.5, -.5, .5, 1.5))
items <- sapply(1:6, function(j) as.integer(findInterval(loading[j] * f + sqrt(1 - loading[j]^2) * rnorm(n), cuts[[j]])) + 1L)
items[runif(length(items)) < .08] <- NA
colnames(items) <- paste0("q", 1:6)
criterion <- round(.5 * f + sqrt(.75) * rnorm(n), 4)
write.csv(data.frame(items, criterion = criterion), "sample.csv", row.names = FALSE, na = "")
truth <- sample(1:4, 60, TRUE, c(.5, .25, .15, .1))
slip <- function() pmin(4, pmax(1, truth + sample(-1:1, 60, TRUE, c(.15, .7, .15))))
first <- slip(); second <- slip()
second[c(5, 31)] <- NA
write.csv(data.frame(first, second), "two_raters.csv", row.names = FALSE, na = "")
