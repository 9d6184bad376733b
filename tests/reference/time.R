# Chapter 11: growth curves of the sleep data from the baseline day on, with time counted from it and from the last day;
# and the paste's three levels, with the middle one, without it, and with casks of one number taken for one; to time.json:
#
#     Rscript tests/reference/time.R

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
for (file in c("tight.R", "json.R")) source(file.path(here, file))

sleep <- subset(read.csv(file.path(here, "../../data/sleep.csv")), day >= 2)
sleep$night <- sleep$day - 2
sleep$left <- sleep$night - 7

models <- c(
  "null" = "reaction ~ 1 + (1 | person)",
  "one slope" = "reaction ~ night + (1 | person)",
  "lines" = "reaction ~ night + (night | person)",
  "lines, from the end" = "reaction ~ left + (left | person)",
  "curves" = "reaction ~ night + I(night^2) + (night | person)"
)

reference <- function(formula) {
  fit <- tight_lmer(formula, sleep)
  table <- coef(summary(fit))
  column <- function(name) setNames(table[, name], rownames(table))
  list(
    formula = formula, fixef = fixef(fit), se = column("Std. Error"), df = column("df"),
    G = unname(VarCorr(fit)[["person"]][, , drop = FALSE]), sigma2 = sigma(fit)^2,
    log_likelihood = as.numeric(logLik(fit))
  )
}

# The correlations of the persons' reaction times on any two days, by the data and by the model with lines.
correlations <- function(fit) {
  wide <- reshape(sleep[c("person", "night", "reaction")], idvar = "person", timevar = "night", direction = "wide")[-1]
  Z <- cbind(1, 0:7)
  V <- Z %*% VarCorr(fit)[["person"]] %*% t(Z) + sigma(fit)^2 * diag(8)
  list(data = unname(cor(wide)), model = unname(cov2cor(V)))
}

fits <- lapply(models, reference)
lines <- tight_lmer(models[["lines"]], sleep)
paste_tests <- read.csv(file.path(here, "../../data/paste.csv"))
of_paste <- lapply(c(
  "nested" = "strength ~ 1 + (1 | batch/cask)",
  "without casks" = "strength ~ 1 + (1 | batch)",
  "casks of one number" = "strength ~ 1 + (1 | batch) + (1 | cask)"
), function(formula) {
  fit <- tight_lmer(formula, paste_tests)
  variances <- as.data.frame(VarCorr(fit))
  list(formula = formula, variances = as.list(setNames(variances$vcov, variances$grp)), mean = fixef(fit)[[1]])
})

packages <- c("lme4", "lmerTest")
write_json(list(
  models = fits,
  paste = of_paste,
  correlations = correlations(lines),
  slope_test = 2 * (fits[["lines"]]$log_likelihood - fits[["one slope"]]$log_likelihood),
  versions = c(
    R = paste(R.version$major, R.version$minor, sep = "."),
    vapply(packages, function(p) as.character(packageVersion(p)), "")
  )
), file.path(here, "time.json"))
