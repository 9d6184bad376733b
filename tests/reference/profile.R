# Profile-likelihood intervals of the variance components, on the scale of standard deviations and correlations.
#
# confint() of lme4 profiles the likelihood (never REML's) and reads the limits off a spline through a few points. The
# exact ones are the two values of a parameter at which the deviance (or REML's criterion), minimised over all other
# parameters, is higher than at its minimum by the 95 per cent point of chi-square with one degree of freedom; null
# where a limit is the boundary.

profile_intervals <- function(fit, data) {
  default <- lme4::lmer(formula(fit), data, REML = FALSE) # profile() fits again and again, with the optimizer of the fit
  list(
    lme4 = rows_by_name(suppressMessages(confint(default, method = "profile", oldNames = FALSE))),
    exact_ml = rows_by_name(exact_profile(tight_lmer(formula(fit), data, REML = FALSE))),
    exact_reml = rows_by_name(exact_profile(tight_lmer(formula(fit), data, REML = TRUE)))
  )
}

rows_by_name <- function(x) setNames(lapply(seq_len(nrow(x)), function(i) unname(x[i, ])), rownames(x))

# One random term with one or two coefficients.
exact_profile <- function(fit, level = 0.95) {
  lmer_deviance <- update(fit, devFunOnly = TRUE)
  deviance_at <- function(parameters) {
    # Far out, lme4's factorisation fails: no minimum is there.
    tryCatch(
      lmerTest:::devfun_vp(c(theta_of(parameters), sigma_of(parameters)), lmer_deviance, isREML(fit)),
      error = function(e) Inf
    )
  }
  estimate <- parameters_of(fit)
  limit <- deviance_at(estimate) + qchisq(level, 1)
  limits <- t(vapply(seq_along(estimate), function(k) {
    c(find_limit(deviance_at, estimate, k, limit, -1), find_limit(deviance_at, estimate, k, limit, 1))
  }, c(0, 0)))
  rownames(limits) <- names(estimate)
  on_natural_scale(limits)
}

# Log standard deviations and Fisher's z of the correlation: unbounded, so that the minimisation needs no constraints.
parameters_of <- function(fit) {
  G <- VarCorr(fit)[[1]]
  sd <- attr(G, "stddev")
  names(sd) <- paste0("log sd ", names(sd))
  if (length(sd) == 1) return(c(log(sd), "log sigma" = log(sigma(fit))))
  c(log(sd), "z correlation" = atanh(attr(G, "correlation")[1, 2]), "log sigma" = log(sigma(fit)))
}

sigma_of <- function(parameters) exp(parameters[["log sigma"]])

theta_of <- function(parameters) {
  sd <- exp(parameters[startsWith(names(parameters), "log sd")]) / sigma_of(parameters)
  if (length(sd) == 1) return(unname(sd))
  r <- tanh(parameters[["z correlation"]])
  unname(c(sd[1], sd[2] * r, sd[2] * sqrt(1 - r^2)))
}

on_natural_scale <- function(limits) {
  is_correlation <- rownames(limits) == "z correlation"
  limits[is_correlation, ] <- tanh(limits[is_correlation, ])
  limits[!is_correlation, ] <- exp(limits[!is_correlation, ])
  rownames(limits) <- sub("^(log|z) ", "", rownames(limits))
  limits
}

find_limit <- function(deviance_at, estimate, k, limit, direction) {
  previous <- estimate[-k]
  # Two starts, the estimate and the last answer: where a standard deviation can go to zero, its correlation becomes
  # arbitrary, and the minimum over the others may jump from one valley to another.
  excess <- function(value) {
    of_others <- function(x) deviance_at(replace(replace(estimate, k, value), -k, x)) - limit
    control <- list(rel.tol = 1e-14, x.tol = 1e-9, iter.max = 500, eval.max = 2000)
    answers <- lapply(list(previous, estimate[-k]), nlminb, objective = of_others, control = control)
    best <- answers[[which.min(vapply(answers, function(answer) answer$objective, 0))]]
    previous <<- best$par
    best$objective
  }
  inside <- estimate[[k]]
  step <- direction * 0.05
  while (excess(inside + step) < 0) {
    inside <- inside + step
    step <- step * 1.5
    if (abs(inside - estimate[[k]]) > 12) return(NA) # on a log or z scale: the boundary is inside the interval
  }
  uniroot(excess, sort(c(inside, inside + step)), tol = 1e-11)$root
}
