# What a report says of real data, by lme4, lmerTest and pbkrtest: report.json, and the data sets of it that no other
# script writes. Needs r-cran-mlmrev, r-cran-plm, r-cran-cardata and r-cran-palmerpenguins too.
#
#     Rscript tests/reference/report.R              # all, minutes
#     Rscript tests/reference/report.R barley wong  # only these, into the file that is there

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R", "datasets.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

data_sets <- function() {
  immer <- MASS::immer # barley yields of five varieties at six places in two years (Immer et al. 1934)
  data("Cigar", package = "plm", envir = environment()) # cigarettes sold in 46 states, 1963 to 1992 (Baltagi 2021)
  wong <- carData::Wong # recovery of IQ after coma; most patients were tested once (Wong et al. 2001)
  penguins <- as.data.frame(palmerpenguins::penguins) # Gorman et al. 2014
  chem <- mlmRev::Chem97 # A level chemistry, 1997 (Fielding et al. 2003)
  list(
    barley = data.frame(
      place = rep(as.character(immer$Loc), 2), variety = rep(as.character(immer$Var), 2),
      year = rep(c(1931, 1932), each = nrow(immer)), yield = c(immer$Y1, immer$Y2)
    ),
    cigarettes = data.frame(state = Cigar$state, year = 1900 + Cigar$year, price = Cigar$price, sales = Cigar$sales),
    coma = data.frame(
      patient = wong$id, days = wong$days, duration = wong$duration, sex = as.character(wong$sex),
      age = round(wong$age, 2), iq = wong$piq
    ),
    penguins = data.frame(
      island = as.character(penguins$island), species = as.character(penguins$species), sex = as.character(penguins$sex),
      flipper = penguins$flipper_length_mm, bill = penguins$bill_length_mm, mass = penguins$body_mass_g
    ),
    chemistry = data.frame(
      school = chem$school, gender = as.character(chem$gender), gcse = round(chem$gcsescore, 3), score = chem$score
    )
  )
}

cases <- list(
  barley = list("report/barley.csv", "yield ~ variety + (1 | year)"),
  cigarettes = list("report/cigarettes.csv", "sales ~ price + factor(year) + (1 | state)"),
  coma = list("report/coma.csv", "iq ~ duration + sex + age + (1 | patient)"),
  penguins = list("report/penguins.csv", "bill ~ flipper + species + (1 | island)"),
  chemistry = list("report/chemistry.csv.gz", "score ~ gcse + gender + (1 | school)"),
  airquality = list("airquality.csv", "ozone ~ temp + wind + (1 | month)"),
  orthodont = list("orthodont.csv", "distance ~ age * Sex + (age | Subject)"),
  ratpups = list("ratpups.csv", "weight ~ sex + Treatment + Lsize + (1 | Litter)"),
  growth = list("growth.csv", "math ~ year + female + (1 | school/child)"),
  penicillin = list("penicillin.csv", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
  dyestuff2 = list("dyestuff2.csv", "Yield ~ 1 + (1 | Batch)"),
  hsb = list("../../../data/hsb.csv", "math ~ ses + sector + (ses | sch.id)")
)

main <- function(wanted) {
  write_data(file.path(here, "data", "report"))
  path <- file.path(here, "report.json")
  found <- if (length(wanted)) jsonlite::fromJSON(path, simplifyVector = FALSE) else list()
  for (name in if (length(wanted)) wanted else names(cases)) {
    seconds <- system.time(found[[name]] <- reference(name))[["elapsed"]]
    cat(sprintf("%-12s %5.1f s\n", name, seconds))
  }
  write_json(found[names(cases)[names(cases) %in% names(found)]], path)
}

write_data <- function(folder) {
  dir.create(folder, showWarnings = FALSE, recursive = TRUE)
  tables <- data_sets()
  for (name in names(tables)) {
    large <- nrow(tables[[name]]) > 10000
    path <- file.path(folder, paste0(name, ".csv", if (large) ".gz" else ""))
    connection <- if (large) gzfile(path, "wb") else file(path, "wb")
    write.csv(tables[[name]], connection, row.names = FALSE, quote = FALSE, na = "")
    close(connection)
  }
}

reference <- function(name) {
  path <- file.path(here, "data", cases[[name]][[1]])
  formula <- as.formula(cases[[name]][[2]])
  data <- read_as_levels(read.csv(path, na.strings = c("", "NA"), stringsAsFactors = FALSE))
  fit <- tight_lmer(formula, data)
  used <- data[rownames(model.frame(fit)), ]
  groups <- unique(vapply(findbars(formula), function(bar) deparse1(bar[[3]]), ""))
  bars <- paste0("(1 | ", groups, ")", collapse = " + ")
  null <- tight_lmer(as.formula(paste(deparse1(formula[[2]]), "~ 1 +", bars)), used)
  parallel <- tight_lmer(as.formula(paste(deparse1(nobars(formula)), "+", bars)), used)
  ols <- summary(lm(nobars(formula), used))$coefficients
  few <- min(vapply(getME(fit, "flist"), nlevels, 0L)) < 50
  tests <- coef(summary(fit, ddf = if (few) "Kenward-Roger" else "Satterthwaite"))
  gain <- 2 * (logLik(refitML(parallel)) - logLik(refitML(null)))
  more <- length(fixef(parallel)) - 1
  list(
    data = path_of(path), formula = cases[[name]][[2]],
    nobs = nobs(fit), dropped = nrow(data) - nobs(fit), ngroups = lapply(getME(fit, "flist"), nlevels),
    coefficients = list(
      estimate = I(unname(tests[, "Estimate"])), se = I(unname(tests[, "Std. Error"])), df = I(unname(tests[, "df"])),
      p = I(unname(tests[, ncol(tests)]))
    ),
    names = I(rownames(tests)), few = few,
    ols = list(estimate = I(unname(ols[, 1])), se = I(unname(ols[, 2])), p = I(unname(ols[, 4]))),
    null = c(variances(null), list(ranova = likelihood_ratios(null, deparse1(formula[[2]]), names(getME(fit, "cnms")), used))),
    variances = variances(fit),
    gain = if (more) list(chi2 = as.numeric(gain), df = more) else NULL,
    slope = slope(fit, parallel),
    shares = sampling(fit)
  )
}

path_of <- function(path) sub(paste0(normalizePath(repository), "/"), "", normalizePath(path), fixed = TRUE)

variances <- function(fit) {
  found <- as.data.frame(VarCorr(fit))
  list(group = I(found$grp), first = I(found$var1), second = I(found$var2), value = I(found$vcov))
}

# The likelihood ratio of the null model to the one without each of its random intercepts, by REML.
likelihood_ratios <- function(fit, y, groups, data) {
  found <- lapply(seq_along(groups), function(k) {
    bars <- sprintf("(1 | %s)", groups[-k])
    smaller <- if (length(bars)) {
      logLik(tight_lmer(paste(y, "~ 1 +", paste(bars, collapse = " + ")), data))
    } else {
      logLik(lm(as.formula(paste(y, "~ 1")), data), REML = TRUE)
    }
    max(0, as.numeric(2 * (logLik(fit) - smaller)))
  })
  setNames(found, groups)
}

slope <- function(fit, parallel) {
  if (identical(VarCorr(fit), VarCorr(parallel)) || length(getME(fit, "theta")) == length(getME(parallel, "theta"))) return(NULL)
  chi2 <- as.numeric(2 * (logLik(fit) - logLik(parallel)))
  list(chi2 = chi2, p = mean(pchisq(chi2, 1:2, lower.tail = FALSE)))
}

# The parts of each coefficient's sampling variance, by the matrices themselves.
sampling <- function(fit) {
  if (nobs(fit) > 1500) return(NULL)
  X <- getME(fit, "X")
  Z <- as.matrix(getME(fit, "Z"))
  lambda <- as.matrix(getME(fit, "Lambda"))
  s2 <- sigma(fit)^2
  V <- s2 * (Z %*% lambda %*% t(lambda) %*% t(Z) + diag(nobs(fit)))
  W <- solve(V, X) %*% solve(t(X) %*% solve(V, X))
  starts <- getME(fit, "Gp")
  parts <- lapply(seq_along(starts)[-1], function(k) {
    own <- (starts[k - 1] + 1):starts[k]
    colSums((t(lambda[own, own, drop = FALSE]) %*% t(Z[, own, drop = FALSE]) %*% W)^2) * s2
  })
  names(parts) <- names(getME(fit, "cnms"))
  parts$rows <- s2 * colSums(W^2)
  lapply(parts, function(part) I(unname(part)))
}

main(commandArgs(trailingOnly = TRUE))
