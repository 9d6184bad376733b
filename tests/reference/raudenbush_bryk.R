# Chapters 8 and 9: the models of Raudenbush & Bryk (2002, chapter 4) on these data, the other ways to let slopes differ,
# and a likelihood ratio for the slopes' variance in each, to raudenbush_bryk.json:
#
#     Rscript tests/reference/raudenbush_bryk.R
#
# They count a student's ses from the mean of his or her own school. That mean is of the students in the file;
# `meanses`, the file's own, is about .006 from it in every school (data/README.md).

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
for (file in c("tight.R", "json.R")) source(file.path(here, file))

hsb <- read.csv(file.path(here, "../../data/hsb.csv"))
hsb$ses_between <- ave(hsb$ses, hsb$sch.id)
hsb$ses_within <- hsb$ses - hsb$ses_between

models <- c(
  "one-way anova" = "math ~ 1 + (1 | sch.id)",
  "means as outcomes" = "math ~ meanses + (1 | sch.id)",
  "random coefficients" = "math ~ ses_within + (ses_within | sch.id)",
  "intercepts and slopes as outcomes" = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)",
  "raw" = "math ~ ses + (ses | sch.id)",
  "raw, beside the mean" = "math ~ ses + meanses + (ses | sch.id)",
  "centred, beside the mean" = "math ~ ses_within + meanses + (ses_within | sch.id)",
  "slopes by sector" = "math ~ ses_within * sector + (ses_within | sch.id)",
  "slopes by mean" = "math ~ ses_within * meanses + (ses_within | sch.id)",
  "total" = "math ~ ses + (1 | sch.id)",
  "within and between" = "math ~ ses_within + ses_between + (1 | sch.id)",
  "contextual" = "math ~ ses + ses_between + (1 | sch.id)"
)

reference <- function(formula) {
  fit <- tight_lmer(formula, hsb)
  table <- coef(summary(fit))
  column <- function(name) setNames(table[, name], rownames(table))
  result <- list(
    formula = formula, fixef = fixef(fit), se = column("Std. Error"), df = column("df"), t = column("t value"),
    p = column("Pr(>|t|)"), G = unname(VarCorr(fit)[["sch.id"]][, , drop = FALSE]), sigma2 = sigma(fit)^2,
    log_likelihood = as.numeric(logLik(fit))
  )
  if (nrow(result$G) == 2) result$slope_test <- slope_test(formula, fit)
  result
}

# The same model with one slope for all. A variance cannot fall below zero: the likelihood ratio follows, half and half,
# chi-square with two degrees of freedom and with one.
slope_test <- function(formula, fit) {
  same <- tight_lmer(sub("\\([^()]* \\|", "(1 |", formula), hsb)
  chi2 <- 2 * as.numeric(logLik(fit) - logLik(same))
  p <- pchisq(chi2, 1:2, lower.tail = FALSE)
  list(chi2 = chi2, p_two_df = p[2], p_mixture = mean(p))
}

# The total slope of least squares, and the parts that it is a mean of.
least_squares <- function() {
  schools <- aggregate(cbind(ses, math, n = 1) ~ sch.id, hsb, mean)
  schools$n <- as.vector(table(hsb$sch.id))
  slope <- function(fit) list(slope = coef(fit)[[2]], se = coef(summary(fit))[2, 2])
  list(
    total = slope(lm(math ~ ses, hsb)), within = slope(lm(math ~ ses_within, hsb)),
    between = slope(lm(math ~ ses, schools, weights = n)),
    weight_of_between = sum((hsb$ses_between - mean(hsb$ses))^2) / sum((hsb$ses - mean(hsb$ses))^2)
  )
}

packages <- c("lme4", "lmerTest")
write_json(list(
  models = lapply(models, reference),
  least_squares = least_squares(),
  versions = c(
    R = paste(R.version$major, R.version$minor, sep = "."),
    vapply(packages, function(p) as.character(packageVersion(p)), "")
  )
), file.path(here, "raudenbush_bryk.json"))
