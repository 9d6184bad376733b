# Models with more columns of X than the data tell apart: what lme4 leaves out, and what it estimates: rank.json.
#
#     Rscript tests/reference/rank.R

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

# High School and Beyond, with columns that others determine; `kind` and `third` never meet in one of their cells.
schools <- function() {
  d <- read.csv(file.path(repository, "data/hsb.csv"))
  d$ten <- 10
  d$double <- 1 + 2 * d$ses
  d$own <- d$ses - d$meanses
  d$male <- 1 - d$female
  d$kind <- ifelse(d$minority == 1, "m", ifelse(d$female == 1, "f", "o"))
  d$third <- ifelse(d$size > 1400 & d$kind != "f", "large", ifelse(d$size > 800, "middle", "small"))
  d
}

formulas <- c(
  "math ~ ses + double + (1 | sch.id)",
  "math ~ double + ses + (1 | sch.id)",
  "math ~ ten + ses + (1 | sch.id)",
  "math ~ ses + meanses + own + sector + (1 | sch.id)",
  "math ~ own + sector + ses + meanses + (own | sch.id)",
  "math ~ double + ses + (ses | sch.id)",
  "math ~ female + male + ses + I(3 * ses - 2) + (1 | sch.id)",
  "math ~ 0 + female + male + ten + (1 | sch.id)",
  "math ~ 0 + ten + ses + double + (1 | sch.id)",
  "math ~ kind * third + (1 | sch.id)",
  "math ~ kind:third + (1 | sch.id)",
  "math ~ 0 + kind:third + (1 | sch.id)",
  "math ~ ses * kind * third + (1 | sch.id)",
  "math ~ minority + female + kind + (1 | sch.id)",
  "math ~ poly(ses, 2) + ses + I(ses^2) + (1 | sch.id)"
)

data <- schools()
results <- lapply(formulas, function(formula) {
  fit <- suppressMessages(tight_lmer(formula, data))
  X <- model.matrix(nobars(as.formula(formula)), data)
  list(
    formula = formula, columns = I(colnames(X)), left_out = I(setdiff(colnames(X), names(fixef(fit)))),
    fixef = I(unname(fixef(fit))), se = I(unname(sqrt(diag(as.matrix(vcov(fit)))))),
    df = I(unname(coef(summary(fit))[, "df"])), sigma2 = sigma(fit)^2,
    log_likelihood = as.numeric(logLik(fit)), fitted = I(unname(fitted(fit))[1:20])
  )
})
write_json(results, file.path(here, "rank.json"))
