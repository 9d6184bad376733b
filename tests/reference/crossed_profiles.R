# Profile intervals of standard deviations in models with several grouping factors: crossed_profiles.json.
#
#     Rscript tests/reference/crossed_profiles.R
#
# A standard deviation v belongs to its interval if the deviance (or REML's criterion), minimised over all other
# parameters while this one is v, is higher than at its minimum by no more than the 95 per cent point of chi-square with
# one degree of freedom. The deviance is lme4's own, at theta and sigma; held are standard deviations of terms with one
# coefficient, for which v is theta times sigma, and sigma itself. Needs the data of models.R and crossed.R.

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
for (file in c("tight.R", "json.R", "datasets.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

LIMIT <- qchisq(0.95, 1)

models <- list(
  "penicillin" = c("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
  "pastes" = c("pastes", "strength ~ 1 + (1 | batch) + (1 | sample)"),
  "machines-cells" = c("machines", "score ~ Machine + (1 | Worker) + (1 | Worker:Machine)"),
  "oats" = c("oats", "yield ~ nitro + (1 | Block/Variety)"),
  "ergostool" = c("ergostool", "effort ~ 1 + (1 | Subject) + (1 | Type)"),
  "pixel-sides" = c("pixel", "pixel ~ day + I(day^2) + (day | Dog) + (1 | Dog:Side)"),
  "one-of-two" = c("items", "flat ~ age + (1 | person) + (1 | item)")
)

reference <- function(model) {
  data <- read_dataset(file.path(here, "data", paste0(model[1], ".csv")))
  assign("data", data, envir = globalenv())
  path <- paste0("tests/reference/data/", model[1], ".csv")
  list(formula = model[2], data = path, ml = profiles(model[2], data, FALSE), reml = profiles(model[2], data, TRUE))
}

profiles <- function(formula, data, reml) {
  fit <- suppressMessages(suppressWarnings(tight_lmer(formula, data, reml)))
  fn <- getME(fit, "devfun")
  inside <- environment(fn)
  dof <- nobs(fit) - reml * length(fixef(fit))
  deviance <- function(theta, sigma) {
    fn(theta)
    rss <- inside$resp$wrss() + inside$pp$sqrL(1)
    log_det <- inside$pp$ldL2() + (if (reml) inside$pp$ldRX2() else 0)
    log_det + dof * log(2 * pi * sigma^2) + rss / sigma^2
  }
  theta <- getME(fit, "theta")
  top <- deviance(theta, sigma(fit))
  stopifnot(abs(top - as.numeric(-2 * logLik(fit))) < 1e-6)

  # The least deviance where one of theta is v / sigma (k = 0: where sigma is v), from two starts.
  rise <- function(k, v) {
    value <- function(x) if (k) deviance(replace(x[-1], k, v / exp(x[1])), exp(x[1])) else deviance(x, v)
    starts <- list(theta, 1.5 * abs(theta) + 0.1)
    found <- sapply(starts, function(start) {
      x <- if (k) c(log(sigma(fit)), start) else start
      for (round in 1:3) x <- nlminb(x, value, control = list(rel.tol = 1e-15, x.tol = 1e-12, iter.max = 1000, eval.max = 4000))$par
      value(x)
    })
    min(found) - top
  }
  ends <- function(k, estimate, lowest) {
    beyond <- function(v) rise(k, v) - LIMIT
    step <- max(estimate, sigma(fit) / 10)
    outside <- estimate + step
    while (beyond(outside) < 0) outside <- outside + step
    inside <- if (lowest == 0) rise(k, 0) else Inf
    lower <- if (inside < LIMIT) 0 else uniroot(beyond, c(lowest, estimate), tol = 1e-12)$root
    I(c(estimate, lower, uniroot(beyond, c(estimate, outside), tol = 1e-12)$root))
  }
  single <- which(table(names(theta) |> sub(pattern = "\\..*", replacement = ""))[sub("\\..*", "", names(theta))] == 1)
  held <- setNames(lapply(single, function(k) ends(k, theta[[k]] * sigma(fit), 0)), sub("\\..*", "", names(theta)[single]))
  c(held, list(residual = ends(0, sigma(fit), sigma(fit) / 20)))
}

answers <- sapply(names(models), simplify = FALSE, function(name) {
  seconds <- system.time(answer <- reference(models[[name]]))[["elapsed"]]
  cat(sprintf("%-28s %5.1f s\n", name, seconds), file = stderr())
  answer
})
write_json(list(level = 0.95, models = answers), file.path(here, "crossed_profiles.json"))
