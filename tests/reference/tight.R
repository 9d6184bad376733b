# lmer, converged as far as double precision goes.
#
# lme4's optimizers compare values of the deviance and stop when it changes little; since it is flat at its minimum, the
# parameters are then right to some six digits. Here their best answer is polished by Newton's method, with derivatives
# from wide, high-order central differences of lme4's own deviance function: about nine digits.

suppressPackageStartupMessages({
  library(lme4)
  library(lmerTest)
})

# An optimizer for lmerControl(optimizer = ): minimises fn over theta, the lower triangle of the relative covariance
# factor by columns. Lower bounds are 0 for its diagonal and -Inf elsewhere; so each column starts at a 0.
tight_optimizer <- function(fn, par, lower, upper, control) {
  theta <- best_of_many(fn, par, lower, upper)
  theta <- newton(fn, theta)
  theta <- to_boundary(fn, nonnegative_diagonal(theta, lower), lower)
  list(par = theta, fval = fn(theta), conv = 0, message = "several optimizers, then Newton's method")
}

best_of_many <- function(fn, par, lower, upper) {
  answers <- list()
  for (start in list(par, 0.2 * par, 3 * par)) {
    fits <- list(
      minqa::bobyqa(start, fn, lower, upper, control = list(rhobeg = 0.2, rhoend = 1e-10, maxfun = 1e5)),
      nloptr::nloptr(start, fn, lb = lower, ub = upper, opts = list(
        algorithm = "NLOPT_LN_BOBYQA", xtol_abs = 1e-12, xtol_rel = 1e-12, ftol_abs = 1e-14, maxeval = 1e5
      )),
      Nelder_Mead(fn, start, lower, upper, control = list(FtolAbs = 1e-14, FtolRel = 1e-16, XtolRel = 1e-12, maxfun = 1e5))
    )
    answers <- c(answers, list(fits[[1]]$par, fits[[2]]$solution, fits[[3]]$par))
  }
  answers[[which.min(vapply(answers, fn, 0))]]
}

newton <- function(fn, theta, free = rep(TRUE, length(theta))) {
  for (iteration in 1:20) {
    d <- derivatives(fn, theta, free)
    step <- rep(0, length(theta))
    step[free] <- -MASS::ginv(d$hessian, tol = 1e-8) %*% d$gradient
    while (fn(theta + step) > fn(theta) + 1e-8) step <- step / 2
    theta <- theta + step
    if (max(abs(step)) < 1e-11 * max(abs(theta), 1)) break
  }
  theta
}

# Gradient by an eight-point central difference, its step a tenth of a standard error: the truncation error and the
# deviance's rounding error are then both about 1e-9 of a standard error.
derivatives <- function(fn, theta, free = rep(TRUE, length(theta))) {
  of_free <- function(x) fn(replace(theta, free, x))
  hessian <- numDeriv::hessian(of_free, theta[free])
  width <- 0.1 * sqrt(2 / pmax(diag(hessian), 2))
  weights <- c(4 / 5, -1 / 5, 4 / 105, -1 / 280)
  gradient <- vapply(seq_along(width), function(k) {
    unit <- replace(numeric(length(width)), k, width[k])
    differences <- vapply(1:4, function(m) of_free(theta[free] + m * unit) - of_free(theta[free] - m * unit), 0)
    sum(weights * differences) / width[k]
  }, 0)
  list(gradient = gradient, hessian = hessian)
}

# The deviance does not change with the sign of a column of the factor, so Newton's method needs no bounds, and its
# answer is brought to the usual sign afterwards.
nonnegative_diagonal <- function(theta, lower) {
  is_diagonal <- lower == 0
  signs <- ifelse(theta[is_diagonal] < 0, -1, 1)
  theta * signs[cumsum(is_diagonal)]
}

# A diagonal element that is zero but for rounding becomes zero exactly, where the deviance does not mind.
to_boundary <- function(fn, theta, lower) {
  for (k in which(lower == 0 & theta < 1e-3)) {
    at_zero <- replace(theta, k, 0)
    free <- at_zero != 0
    if (any(free)) at_zero <- nonnegative_diagonal(newton(fn, at_zero, free), lower)
    if (fn(at_zero) <= fn(theta) + 1e-9) theta <- at_zero
  }
  theta
}

tight_lmer <- function(formula, data, REML = TRUE) {
  control <- lmerControl(
    optimizer = "tight_optimizer", restart_edge = FALSE, boundary.tol = 0, calc.derivs = FALSE
  )
  # The formula itself is put into the call, so that update() and pbkrtest find it again.
  eval(bquote(lmerTest::lmer(.(as.formula(formula)), data = data, REML = .(REML), control = control)))
}

# Largest element of the deviance's gradient in theta, on the free side of its boundary.
largest_gradient <- function(fit) {
  fn <- update(fit, devFunOnly = TRUE)
  max(abs(derivatives(fn, getME(fit, "theta"))$gradient))
}
