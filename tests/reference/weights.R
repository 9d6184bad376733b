# Models with weights and offsets, by lme4 and lmerTest, converged as far as double precision goes: weights.json, and
# their data in data/weighted-*.csv; of rows and groups, the first 60 and 18. pbkrtest is left out: it takes every row as if it weighed one.
#
#     Rscript tests/reference/weights.R

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

from <- function(path) read.csv(file.path(repository, path), stringsAsFactors = FALSE)

# sleepstudy, its rows given weights that are any numbers, counts, or missing in places, and a baseline to start from.
sleep <- function() {
  d <- from("tests/reference/data/sleepstudy.csv")
  row <- seq_len(nrow(d))
  d$w <- 0.5 + (row * 7 %% 31) %% 11 / 4
  d$n <- 1 + (row * 13) %% 29
  d$gap <- ifelse(row %% 17 == 3, NA, d$n)
  d$baseline <- 200 + 10 * ((row * 5) %% 7) + d$Days^2 / 2
  d
}

# High School and Beyond in cells: means of a school's students by sex and minority, with their numbers.
cells <- function() {
  d <- from("data/hsb.csv")
  by <- list(school = d$sch.id, female = d$female, minority = d$minority)
  cell <- aggregate(d[c("math", "ses", "sector", "meanses")], by, mean)
  cell$n <- aggregate(d$math, by, length)$x
  cell[order(cell$school, cell$female, cell$minority), ]
}

model <- function(data, formula, weights = NULL, offset = NULL, REML = TRUE) {
  list(data = data, formula = formula, weights = weights, offset = offset, REML = REML)
}

models <- list(
  "cells" = model("cells", "math ~ ses + sector + (1 | school)", "n"),
  "cells-ml" = model("cells", "math ~ ses * sector + female + (1 | school)", "n", REML = FALSE),
  "cells-slope" = model("cells", "math ~ ses + female + (ses | school)", "n"),
  "cells-offset" = model("cells", "math ~ female + offset(2 * ses) + (1 | school)", "n"),
  "sleep" = model("sleep", "Reaction ~ Days + (1 | Subject)", "w"),
  "sleep-slope" = model("sleep", "Reaction ~ Days + (Days | Subject)", "w"),
  "sleep-slope-ml" = model("sleep", "Reaction ~ Days + (Days | Subject)", "n", REML = FALSE),
  "sleep-uncorrelated" = model("sleep", "Reaction ~ Days + (Days || Subject)", "n"),
  "sleep-no-intercept" = model("sleep", "Reaction ~ Days + (0 + Days | Subject)", "w"),
  "sleep-gap" = model("sleep", "Reaction ~ Days + I(Days^2) + (1 | Subject)", "gap"),
  "sleep-offset" = model("sleep", "Reaction ~ Days + (Days | Subject)", offset = "baseline"),
  "sleep-offset-in-formula" = model("sleep", "Reaction ~ Days + offset(baseline) + (1 | Subject)", REML = FALSE),
  "sleep-both" = model("sleep", "Reaction ~ Days + offset(Days^2) + (Days | Subject)", "n", "baseline")
)

fitted_to <- function(m, data) {
  control <- lmerControl(optimizer = "tight_optimizer", restart_edge = FALSE, boundary.tol = 0, calc.derivs = FALSE)
  arguments <- list(as.formula(m$formula), data = quote(data), REML = m$REML, control = quote(control))
  for (name in c("weights", "offset")) if (!is.null(m[[name]])) arguments[[name]] <- as.name(m[[name]])
  eval(as.call(c(quote(lmerTest::lmer), arguments)))
}

reference <- function(m, data) {
  fit <- fitted_to(m, data)
  effects <- ranef(fit)[[1]]
  test <- coef(summary(fit))
  list(
    data = sprintf("tests/reference/data/weighted-%s.csv", m$data), formula = m$formula, weights = m$weights,
    offset = m$offset, reml = m$REML, nobs = nobs(fit), gradient = largest_gradient(fit),
    fixef = fixef(fit), se = sqrt(diag(as.matrix(vcov(fit)))),
    G = unname(matrix(as.matrix(Matrix::bdiag(VarCorr(fit))), ncol(effects))), sigma2 = sigma(fit)^2,
    log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit), df = test[, "df"],
    singular = isSingular(fit), random_effects = unname(as.matrix(effects))[1:18, , drop = FALSE],
    rows = lapply(list(
      fitted = fitted(fit), resid = resid(fit), hat = hatvalues(fit),
      scaled = residuals(fit, type = "pearson", scaled = TRUE), studentized = rstudent(fit),
      cooks_distance = cooks.distance(fit)
    ), function(values) I(unname(values)[1:60]))
  )
}

data <- list(sleep = sleep(), cells = cells())
for (name in names(data)) {
  write.csv(data[[name]], file.path(here, "data", sprintf("weighted-%s.csv", name)), row.names = FALSE, quote = FALSE)
}
data <- lapply(names(data), function(name) from(sprintf("tests/reference/data/weighted-%s.csv", name))) |>
  setNames(names(data))
results <- lapply(models, function(m) reference(m, data[[m$data]]))
write_json(
  list(versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4"))), models = results),
  file.path(here, "weights.json")
)
for (name in names(results)) cat(sprintf("%-28s gradient %.0e\n", name, results[[name]]$gradient))
