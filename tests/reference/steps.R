# Chapter 13: the steps from a model without schools to Raudenbush & Bryk's last one, each tested against the one before,
# and F tests of pairs of coefficients, to steps.json:
#
#     Rscript tests/reference/steps.R

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
for (file in c("tight.R", "json.R")) source(file.path(here, file))

hsb <- read.csv(file.path(here, "../../data/hsb.csv"))
hsb$ses_within <- hsb$ses - ave(hsb$ses, hsb$sch.id)

models <- c(
  "null" = "math ~ 1 + (1 | sch.id)",
  "ses_within" = "math ~ ses_within + (1 | sch.id)",
  "slopes vary" = "math ~ ses_within + (ses_within | sch.id)",
  "means as outcomes" = "math ~ ses_within + meanses + sector + (ses_within | sch.id)",
  "slopes as outcomes" = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"
)
random_part_grows <- c(FALSE, FALSE, TRUE, FALSE, FALSE)

fits <- lapply(list(ML = FALSE, REML = TRUE), function(reml) lapply(models, tight_lmer, data = hsb, REML = reml))

step <- function(k) {
  by <- if (random_part_grows[k]) "REML" else "ML"
  pair <- fits[[by]][c(k - 1, k)]
  chi2 <- 2 * diff(vapply(pair, function(fit) as.numeric(logLik(fit)), 0))
  df <- diff(vapply(pair, function(fit) attr(logLik(fit), "df"), 0))
  p <- pchisq(chi2, df, lower.tail = FALSE)
  # A variance cannot fall below zero: half and half with one degree of freedom fewer.
  if (random_part_grows[k]) p <- mean(pchisq(chi2, c(df, df - 1), lower.tail = FALSE))
  list(by = by, chi2 = unname(chi2), df = unname(df), p = unname(p), aic_lower = unname(-diff(vapply(pair, AIC, 0))))
}

# The null model against a regression that knows no schools, both by ML; chi-square with no degree of freedom is zero.
no_schools <- function() {
  chi2 <- 2 * (as.numeric(logLik(fits$ML[["null"]])) - as.numeric(logLik(lm(math ~ 1, hsb))))
  list(chi2 = chi2, p = pchisq(chi2, 1, lower.tail = FALSE) / 2)
}

pair_test <- function(model, names) {
  fit <- fits$REML[[model]]
  L <- 1 * t(vapply(names, function(name) names(fixef(fit)) == name, logical(length(fixef(fit)))))
  found <- contest(fit, L)
  list(F = found[["F value"]], df_num = found[["NumDF"]], df_denom = found[["DenDF"]], p = found[["Pr(>F)"]])
}

steps <- lapply(2:length(models), step)
names(steps) <- names(models)[-1]
packages <- c("lme4", "lmerTest")
write_json(list(
  models = as.list(models),
  steps = steps,
  no_schools = no_schools(),
  F = list(
    means = pair_test("means as outcomes", c("meanses", "sector")),
    slopes = pair_test("slopes as outcomes", c("meanses:ses_within", "sector:ses_within"))
  ),
  versions = c(
    R = paste(R.version$major, R.version$minor, sep = "."),
    vapply(packages, function(p) as.character(packageVersion(p)), "")
  )
), file.path(here, "steps.json"))
