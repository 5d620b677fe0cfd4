# Times of psych on the data that item_value_speed.py wrote: Rscript item_value_speed.R FOLDER
suppressMessages(library(psych))
folder <- commandArgs(TRUE)[1]
read <- function(name) as.matrix(read.csv(file.path(folder, name), header = FALSE))
best_seconds <- function(f, repeats = 3) min(replicate(repeats, { t <- proc.time()[3]; f(); proc.time()[3] - t }))
out <- list()
for (pattern in c("individual", "grouped")) {
  ratings <- t(read(paste0(pattern, "_ratings.csv"))); scores <- read(paste0(pattern, "_scores.csv"))
  colnames(ratings) <- paste0("i", seq_len(ncol(ratings))); colnames(scores) <- paste0("s", seq_len(ncol(scores)))
  rownames(ratings) <- rownames(scores) <- NULL
  for (method in c("pearson", "spearman")) {
    run <- function(ci) suppressWarnings(corr.test(ratings, scores, method = method, adjust = "none", ci = ci))
    out[[length(out) + 1]] <- data.frame(what = paste(pattern, method, "intervals"), seconds = best_seconds(function() run(TRUE)))
    out[[length(out) + 1]] <- data.frame(what = paste(pattern, method, "r only"), seconds = best_seconds(function() run(FALSE)))
    write.table(run(FALSE)$r, file.path(folder, paste0(pattern, "_", method, "_r.csv")), sep = ",", row.names = FALSE, col.names = FALSE)
  }
}
items <- read("items.csv")
for (cores in 1:2) {
  options(mc.cores = cores)
  out[[length(out) + 1]] <- data.frame(what = paste("polychoric cores", cores),
    seconds = best_seconds(function() suppressWarnings(rho <<- polychoric(items, correct = 0, global = FALSE)$rho)))
}
write.table(rho, file.path(folder, "polychoric_r.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
write.csv(do.call(rbind, out), file.path(folder, "seconds.csv"), row.names = FALSE)
