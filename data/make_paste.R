# Makes paste.csv from the table Pastes of R's lme4 package:
#
#     Rscript data/make_paste.R
#
# Rows stay in their order. Batches A to J become 1 to 10, and casks a to c become 1 to 3: a cask's number is its number
# within the batch.

paste_table <- lme4::Pastes
samples <- data.frame(
  batch = as.integer(paste_table$batch),
  cask = as.integer(paste_table$cask),
  strength = paste_table$strength
)
stopifnot(nrow(samples) == 60, all(table(samples$batch, samples$cask) == 2), !anyNA(samples))

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
output <- file.path(dirname(script), "paste.csv")
connection <- file(output, "wb") # binary: the same bytes, with \n, on every system
write.csv(samples, connection, row.names = FALSE, quote = FALSE)
close(connection)

# What the file holds is what lme4 holds, to the last bit.
stopifnot(identical(read.csv(output), samples))
cat("Wrote", output, "with", nrow(samples), "rows\n")
