# Makes the data sets of the problems from tables of R's packages nlme, lme4 and carData:
#
#     Rscript data/make_problems.R
#
# Rows stay in their order, columns get names that a formula takes as they are, and groups are numbered from 1 in the
# order in which they come; names of treatments are text.

number <- function(x) match(x, unique(x))
from_nlme <- function(name) as.data.frame(getExportedValue("nlme", name))

rats <- from_nlme("RatPupWeight")
shocks <- from_nlme("Earthquake")
jaws <- from_nlme("Orthodont")
dutch <- from_nlme("bdf")
girls <- carData::Blackmore
moulds <- lme4::Penicillin

tables <- list(
  pups = data.frame(
    litter = number(rats$Litter), treatment = tolower(as.character(rats$Treatment)),
    litter_size = as.integer(rats$Lsize), female = as.integer(rats$sex == "Female"), weight = rats$weight
  ),
  quakes = data.frame(
    quake = number(shocks$Quake), magnitude = shocks$Richter, distance = shocks$distance,
    soil = as.integer(shocks$soil == "1"), acceleration = shocks$accel
  ),
  teeth = data.frame(
    child = number(jaws$Subject), female = as.integer(jaws$Sex == "Female"), age = as.integer(jaws$age),
    distance = jaws$distance
  ),
  pupils = data.frame(
    school = number(dutch$schoolNR), group_size = as.integer(dutch$groupsiz), female = as.integer(dutch$sex == "1"),
    ses = as.integer(dutch$ses), iq = dutch$IQ.verb, language = as.integer(dutch$langPOST)
  ),
  exercise = data.frame(
    girl = number(girls$subject), patient = as.integer(girls$group == "patient"), age = girls$age,
    hours = girls$exercise
  ),
  penicillin = data.frame(
    plate = number(moulds$plate), sample = number(moulds$sample), diameter = as.integer(moulds$diameter)
  )
)
stopifnot(
  sapply(tables, nrow) == c(322, 182, 108, 2287, 945, 144),
  sapply(tables, function(table) length(unique(table[[1]]))) == c(27, 23, 27, 131, 231, 24),
  !sapply(tables, anyNA)
)

folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
for (name in names(tables)) {
  output <- file.path(folder, paste0(name, ".csv"))
  connection <- file(output, "wb") # binary: the same bytes, with \n, on every system
  write.csv(tables[[name]], connection, row.names = FALSE, quote = FALSE)
  close(connection)
  # What the file holds is what the package holds, to the last bit.
  stopifnot(identical(read.csv(output), tables[[name]]))
  cat("Wrote", output, "with", nrow(tables[[name]]), "rows\n")
}
