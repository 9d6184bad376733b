# What R finds in the schools one by one, and what the three models of the course look like where lme4 itself stops, to
# schools.json:
#
#     Rscript tests/reference/schools.R
#
# ledger.R has the numbers that the slides print; models.R has the models at their optimum.

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
source(file.path(here, "json.R"))
suppressPackageStartupMessages(library(lmerTest))

hsb <- read.csv(file.path(here, "../../data/hsb.csv"))
fits <- list(
  "hsb-null" = lmer(math ~ 1 + (1 | sch.id), data = hsb),
  "hsb-sector" = lmer(math ~ sector + (1 | sch.id), data = hsb),
  "hsb-ses-slope" = lmer(math ~ ses + (ses | sch.id), data = hsb)
)

default_fit <- function(fit) {
  table <- coef(summary(fit))
  column <- function(name) setNames(table[, name], rownames(table))
  list(
    fixef = fixef(fit), se = column("Std. Error"), df = column("df"), t = column("t value"), p = column("Pr(>|t|)"),
    G = unname(VarCorr(fit)[["sch.id"]][, , drop = FALSE]), sigma2 = sigma(fit)^2,
    log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit), bic = BIC(fit)
  )
}

# math on ses by least squares within each school, the schools in the file's order: intercept, slope, standard errors.
regressions <- function() {
  schools <- unique(hsb$sch.id)
  in_school <- function(school) coef(summary(lm(math ~ ses, data = hsb, subset = sch.id == school)))[, 1:2]
  lines <- t(vapply(schools, function(school) as.vector(in_school(school)), numeric(4)))
  spread <- function(rows) list(covariance = var(lines[rows, 1:2]), correlation = cor(lines[rows, 1:2])[1, 2])
  list(
    mean = colMeans(lines[, 1:2]), all = spread(seq_along(schools)), first_nine = spread(1:9), first_25 = spread(1:25),
    lines = setNames(lapply(seq_along(schools), function(j) lines[j, ]), schools)
  )
}

# The course's formula for the standard error of gamma01, with each reading of its n and of the variance of sector. For
# schools of one size it is exact, with the variance over schools (divisor J).
sampling_variance <- function() {
  fit <- fits[["hsb-sector"]]
  tau00 <- VarCorr(fit)[["sch.id"]][1, 1]
  sizes <- as.vector(table(hsb$sch.id))
  sector <- tapply(hsb$sector, hsb$sch.id, mean)
  J <- length(sizes)
  n <- c("mean" = mean(sizes), "harmonic mean" = 1 / mean(1 / sizes))
  variance <- c("over students" = var(hsb$sector), "over schools" = var(sector) * (J - 1) / J)
  se <- function(n) sqrt((tau00 + sigma(fit)^2 / n) / (J * variance))
  list(J = J, n = n, variance_of_sector = variance, se = lapply(n, se), model = coef(summary(fit))["sector", "Std. Error"])
}

versions <- function() {
  packages <- c("lme4", "lmerTest")
  c(R = paste(R.version$major, R.version$minor, sep = "."), vapply(packages, function(p) as.character(packageVersion(p)), ""))
}

write_json(list(
  lme4_default = lapply(fits, default_fit),
  correlation_of_model_lines = cor(coef(fits[["hsb-ses-slope"]])[["sch.id"]])[1, 2],
  regressions = regressions(),
  sampling_variance = sampling_variance(),
  versions = versions()
), file.path(here, "schools.json"))
