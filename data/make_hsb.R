# Makes hsb.csv from the tables MathAchieve (students) and MathAchSchool (schools) of R's nlme package:
#
#     Rscript data/make_hsb.R
#
# Rows and schools stay in the order of MathAchieve. Numbers are written with the digits that nlme has (at most three
# decimals). Both tables carry MEANSES; they agree in every row (checked below), so it does not matter which is taken.

students <- as.data.frame(nlme::MathAchieve)
schools <- nlme::MathAchSchool

school_id <- as.character(students$School)
row_of_school <- match(school_id, as.character(schools$School))
stopifnot(!anyNA(row_of_school), students$MEANSES == schools$MEANSES[row_of_school])

hsb <- data.frame(
  sch.id   = as.integer(school_id),
  math     = students$MathAch,
  size     = as.integer(schools$Size[row_of_school]),
  sector   = as.integer(schools$Sector[row_of_school] == "Catholic"),
  meanses  = schools$MEANSES[row_of_school],
  minority = as.integer(students$Minority == "Yes"),
  female   = as.integer(students$Sex == "Female"),
  ses      = students$SES
)
stopifnot(nrow(hsb) == 7185, length(unique(hsb$sch.id)) == 160, !anyNA(hsb))

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
output <- file.path(dirname(script), "hsb.csv")
connection <- file(output, "wb") # binary: the same bytes, with \n, on every system
write.csv(hsb, connection, row.names = FALSE, quote = FALSE)
close(connection)

# What the file holds is what nlme holds, to the last bit.
stopifnot(identical(read.csv(output), hsb))
cat("Wrote", output, "with", nrow(hsb), "rows\n")
