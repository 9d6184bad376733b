# The data sets of the reference models, from lme4, nlme and R's own datasets, as CSV files in data/. R and Python both
# read those, so that both see the same numbers. Every column that names something is text (factor levels then sort
# alphabetically, without regard to what R stored); columns are renamed where Python would need quotes.

write_datasets <- function(folder) {
  dir.create(folder, showWarnings = FALSE)
  tables <- datasets()
  for (name in names(tables)) {
    path <- file.path(folder, paste0(name, ".csv"))
    table <- as.data.frame(lapply(tables[[name]], function(x) if (is.factor(x)) as.character(x) else x))
    connection <- file(path, "wb")
    write.csv(table, connection, row.names = FALSE, quote = FALSE)
    close(connection)
    stopifnot(all.equal(read_dataset(path), read_as_levels(table), tolerance = 0, check.attributes = FALSE))
  }
}

read_dataset <- function(path) read_as_levels(read.csv(path))

read_as_levels <- function(table) {
  is_text <- vapply(table, is.character, NA)
  table[is_text] <- lapply(table[is_text], function(x) factor(x, levels = sort(unique(x), method = "radix")))
  table
}

datasets <- function() {
  from_lme4 <- function(name) get(name, envir = as.environment("package:lme4"))
  from_nlme <- function(name) as.data.frame(getExportedValue("nlme", name))
  label <- function(prefix, x) paste0(prefix, as.character(x))

  sleepstudy <- from_lme4("sleepstudy")
  bdf <- from_nlme("bdf")
  air <- datasets::airquality
  chicks <- as.data.frame(datasets::ChickWeight)
  list(
    sleepstudy = transform(sleepstudy, Subject = label("S", Subject)),
    # Four days in eleven missing, in a pattern that leaves subjects with four to eight days each.
    "sleepstudy-unbalanced" = transform(sleepstudy, Subject = label("S", Subject))[(1:180 * 7) %% 11 >= 4, ],
    dyestuff = from_lme4("Dyestuff"),
    dyestuff2 = from_lme4("Dyestuff2"),
    pastes = from_lme4("Pastes")[c("strength", "batch", "sample")],
    penicillin = transform(from_lme4("Penicillin"), sample = label("sample", sample)),
    cake = transform(from_lme4("cake"), replicate = label("r", replicate))[c("replicate", "recipe", "temp", "angle")],
    rail = transform(from_nlme("Rail"), Rail = label("rail", Rail)),
    machines = transform(from_nlme("Machines"), Worker = label("W", Worker)),
    ergostool = transform(from_nlme("ergoStool"), Subject = label("tester", Subject)),
    orthodont = from_nlme("Orthodont"),
    oxboys = transform(from_nlme("Oxboys"), Subject = label("boy", Subject))[c("Subject", "age", "height")],
    bodyweight = transform(from_nlme("BodyWeight"), Rat = label("rat", Rat), Diet = label("diet", Diet)),
    # Date "None" becomes "uncut": pandas would read it as a missing value.
    alfalfa = transform(
      from_nlme("Alfalfa"), Block = label("block", Block), Date = sub("None", "uncut", as.character(Date))
    ),
    dialyzer = transform(from_nlme("Dialyzer"), Subject = label("D", Subject), QB = label("Q", QB))[
      c("Subject", "QB", "pressure", "rate")
    ],
    pixel = transform(from_nlme("Pixel"), Dog = label("dog", Dog))[c("Dog", "Side", "day", "pixel")],
    gasoline = transform(from_nlme("Gasoline"), Sample = label("sample", Sample))[c("Sample", "endpoint", "vapor", "yield")],
    ratpups = transform(from_nlme("RatPupWeight"), Litter = label("litter", Litter)),
    milk = transform(from_nlme("Milk"), Cow = as.character(Cow), Diet = sub("\\+", "_", Diet)),
    pupils = data.frame(
      school = label("s", bdf$schoolNR), language = bdf$langPOST, iq = bdf$IQ.verb, ses = bdf$ses,
      sex = label("sex", bdf$sex), group_size = bdf$groupsiz
    ),
    # Ozone and solar radiation are missing on some days.
    airquality = data.frame(
      month = month.abb[air$Month], ozone = air$Ozone, solar = air$Solar.R, wind = air$Wind, temp = air$Temp
    ),
    chicks = data.frame(
      chick = label("chick", chicks$Chick), diet = label("diet", chicks$Diet), time = chicks$Time, weight = chicks$weight
    )
  )
}
