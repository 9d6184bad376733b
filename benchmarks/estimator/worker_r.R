# R: lme4, with lmerTest's and pbkrtest's degrees of freedom. The same requests and answers as in protocol.py.

suppressPackageStartupMessages({
  library(lme4)
  library(lmerTest)
  library(jsonlite)
})

turn <- 0.1 # seconds

timed <- function(action, before = function() NULL) {
  seconds <- numeric()
  while (!length(seconds) || sum(seconds) < turn) {
    given <- before()
    start <- Sys.time()
    result <- action(given)
    seconds <- c(seconds, as.numeric(Sys.time() - start, units = "secs"))
  }
  list(seconds = seconds, result = result)
}

formula_of <- function(model) if (!is.null(model$formula)) as.formula(model$formula) else as.formula(sprintf("%s + (%s | %s)", model$fixed, model$random, model$group))

fit_table <- function(formula, data) {
  fit <- lmerTest::lmer(formula, data)
  list(fit = fit, table = coef(summary(fit, ddf = "Satterthwaite")))
}

data <- NULL
actions <- list(
  read = function(path) {
    data <<- read.csv(path)
    packages <- c("lme4", "lmerTest", "pbkrtest")
    versions <- lapply(setNames(packages, packages), function(p) as.character(packageVersion(p)))
    list(versions = c(list(R = paste(R.version$major, R.version$minor, sep = ".")), versions))
  },
  fit = function(model) {
    run <- timed(function(given) fit_table(formula_of(model), data))
    fit <- run$result$fit
    list(seconds = run$seconds, answer = list(
      log_likelihood = as.numeric(logLik(fit)), tau00 = VarCorr(fit)[[1]][1, 1],
      se = unname(run$result$table[, "Std. Error"]), df = unname(run$result$table[, "df"])
    ))
  },
  kenward_roger = function(model) {
    run <- timed(
      function(fit) coef(summary(fit, ddf = "Kenward-Roger")),
      before = function() lmerTest::lmer(formula_of(model), data)
    )
    list(seconds = run$seconds, answer = list(
      se = unname(run$result[, "Std. Error"]), df = unname(run$result[, "df"])
    ))
  },
  refit = function(model, response) {
    changed <- transform(data, math = response)
    prepared <- lme4::lmer(formula_of(model), data)
    fresh <- timed(function(given) coef(summary(lme4::lmer(formula_of(model), changed))))
    again <- timed(function(given) coef(summary(lme4::refit(prepared, response))))
    list(fresh = fresh$seconds, seconds = again$seconds)
  }
)

requests <- file("stdin", "r")
while (length(line <- readLines(requests, 1))) {
  request <- fromJSON(line)
  action <- actions[[request$do]]
  answer <- tryCatch(
    do.call(action, request[names(request) != "do"]),
    error = function(e) list(error = unbox(conditionMessage(e)))
  )
  unboxed <- function(x) if (is.list(x)) lapply(x, unboxed) else if (length(x) == 1) unbox(x) else x
  answer[setdiff(names(answer), c("seconds", "fresh", "error"))] <-
    unboxed(answer[setdiff(names(answer), c("seconds", "fresh", "error"))])
  cat(toJSON(answer, digits = NA), "\n", sep = "")
  flush(stdout())
}
