# Makes sleep.csv from the table sleepstudy of R's lme4 package:
#
#     Rscript data/make_sleep.R
#
# Rows stay in their order; numbers are written with the digits that lme4 has (four decimals).

study <- lme4::sleepstudy
sleep <- data.frame(
  person = as.integer(as.character(study$Subject)),
  day = as.integer(study$Days),
  reaction = study$Reaction
)
stopifnot(nrow(sleep) == 180, all(table(sleep$person) == 10), !anyNA(sleep))

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
output <- file.path(dirname(script), "sleep.csv")
connection <- file(output, "wb") # binary: the same bytes, with \n, on every system
write.csv(sleep, connection, row.names = FALSE, quote = FALSE)
close(connection)

# What the file holds is what lme4 holds, to the last bit.
stopifnot(identical(read.csv(output), sleep))
cat("Wrote", output, "with", nrow(sleep), "rows\n")
