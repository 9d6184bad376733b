# Chapters 10 and 12: residual variances of their own for some students, by nlme; cluster-robust standard errors, by
# clubSandwich and sandwich; the model without single schools, by lme4; and a dummy for each school. To robust.json:
#
#     Rscript tests/reference/robust.R
#
# Debian: r-cran-nlme r-cran-clubsandwich r-cran-sandwich.

suppressPackageStartupMessages(library(nlme))  # before lme4, whose VarCorr and ranef are meant below
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
for (file in c("tight.R", "json.R")) source(file.path(here, file))

hsb <- read.csv(file.path(here, "../../data/hsb.csv"))
hsb$ses_between <- ave(hsb$ses, hsb$sch.id)
hsb$ses_within <- hsb$ses - hsb$ses_between
hsb$math_within <- hsb$math - ave(hsb$math, hsb$sch.id)

full <- "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"

# nlme stops when the log-likelihood changes by 1e-7 of itself; these settings go on for longer.
patient <- lmeControl(
  maxIter = 500, msMaxIter = 2000, msMaxEval = 4000, niterEM = 200, tolerance = 1e-13, msTol = 1e-14
)

separate <- function(fixed, random, by, method = "REML") {
  one <- lme(as.formula(fixed), hsb, as.formula(random), method = method, control = patient)
  own <- update(one, weights = varIdent(form = as.formula(paste("~ 1 |", by))))
  ratios <- coef(own$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  sd <- own$sigma * ratios[order(names(ratios))]
  list(
    fixed = fixed, random = random, by = by, reml = method == "REML", sd = sd, fixef = nlme::fixef(own),
    se = sqrt(diag(vcov(own))), G = unname(as.matrix(getVarCov(own))[, , drop = FALSE]),
    log_likelihood = as.numeric(logLik(own)), chi2 = 2 * as.numeric(logLik(own) - logLik(one))
  )
}

robust <- function(fit, cluster) {
  types <- c(CR0 = "CR0", CR1 = "CR1S", CR2 = "CR2")  # CR1S has Stata's factor, which Cameron & Miller call c
  lapply(types, function(type) sqrt(diag(clubSandwich::vcovCR(fit, cluster = cluster, type = type))))
}

least_squares <- function(formula, rows = hsb) {
  fit <- lm(as.formula(formula), rows)
  list(
    formula = formula, fixef = I(coef(fit)), se = robust(fit, rows$sch.id),
    sandwich = sqrt(diag(sandwich::vcovCL(fit, cluster = ~ sch.id)))
  )
}

mixed <- function(formula) {
  fit <- tight_lmer(formula, hsb)
  list(formula = formula, se = robust(fit, hsb$sch.id))
}

without <- function(formula, school) {
  fit <- tight_lmer(formula, hsb[hsb$sch.id != school, ])
  G <- lme4::VarCorr(fit)[["sch.id"]]
  list(formula = formula, school = school, fixef = lme4::fixef(fit), G = unname(G[, , drop = FALSE]), sigma2 = sigma(fit)^2)
}

dummies <- function(formula, term) {
  table <- coef(summary(lm(as.formula(formula), hsb)))
  list(formula = formula, term = term, estimate = table[term, 1], se = table[term, 2])
}

every_eighth <- hsb[hsb$sch.id %in% unique(hsb$sch.id)[seq(1, 160, 8)], ]
packages <- c("nlme", "clubSandwich", "sandwich", "lme4")
write_json(list(
  versions = c(
    R = paste(R.version$major, R.version$minor, sep = "."),
    vapply(packages, function(p) as.character(packageVersion(p)), "")
  ),
  separate_variances = list(
    separate("math ~ sector", "~ 1 | sch.id", "sector"),
    separate("math ~ sector", "~ 1 | sch.id", "sector", "ML"),
    separate("math ~ (meanses + sector) * ses_within", "~ ses_within | sch.id", "sector"),
    separate("math ~ (meanses + sector) * ses_within", "~ ses_within | sch.id", "female"),
    separate("math ~ sector * ses_within", "~ ses_within | sch.id", "minority")
  ),
  least_squares = list(
    least_squares("math ~ sector"), least_squares("math ~ ses + sector"), least_squares("math ~ female"),
    least_squares("math_within ~ 0 + ses_within"), least_squares("math ~ ses * sector", every_eighth)
  ),
  mixed = list(mixed("math ~ sector + (1 | sch.id)"), mixed(full)),
  without = list(
    without(full, 3427), without(full, 4523), without(full, 2277), without("math ~ sector + (1 | sch.id)", 8367)
  ),
  dummies = list(
    dummies("math ~ ses + factor(sch.id)", "ses"), dummies("math ~ ses + ses:sector + factor(sch.id)", "ses:sector")
  )
), file.path(here, "robust.json"))
