# Profile intervals of the variance components of the reference models and of some others: profiles.json, and
# data/early.csv.
#
#     Rscript tests/reference/profiles.R                # all, nine minutes of processor time
#     Rscript tests/reference/profiles.R dyestuff2      # prints those named
#
# For each standard deviation and correlation, the values at which the deviance (and REML's criterion), minimised over
# all other parameters, is higher than at its minimum by the 95 per cent point of chi-square with one degree of freedom.
# A correlation is held in the Cholesky factor of G itself, whose first rows are the coefficients in question: that is
# smooth up to and at a standard deviation of 0 and a correlation of 1, so that the ends of a range are tried as every
# other value is. Each minimum is the best of several starts.

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R", "datasets.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))
options(warn = 1)

LIMIT <- qchisq(0.95, 1)

main <- function(wanted) {
  write_early(file.path(here, "data", "early.csv"))
  models <- distinct_models()
  if (length(wanted)) models <- models[intersect(names(models), wanted)]
  answers <- sapply(names(models), simplify = FALSE, function(name) {
    seconds <- system.time(answer <- tryCatch(reference(models[[name]]), error = conditionMessage))[["elapsed"]]
    cat(sprintf("%-28s %5.1f s%s\n", name, seconds, if (is.character(answer)) paste("  FAILED:", answer) else ""), file = stderr())
    answer
  })
    answer <- list(versions = versions(), level = 0.95, rise = LIMIT, models = answers)
  if (length(wanted)) cat(to_json(answer), "\n") else write_json(answer, file.path(here, "profiles.json"))
}

# The models in models/*.json, each formula and data set once, with the names of all files that it stands for; and those
# that only this file has.
distinct_models <- function() {
  models <- list()
  for (name in sort(sub(".json", "", list.files(file.path(here, "models")), fixed = TRUE), method = "radix")) {
    path <- file.path(here, "models", paste0(name, ".json"))
    model <- jsonlite::fromJSON(path, simplifyVector = FALSE)[c("name", "formula", "data")]
    same <- Filter(function(known) identical(known[c("formula", "data")], model[c("formula", "data")]), models)
    if (length(same)) {
      models[[same[[1]]$name]]$files <- c(models[[same[[1]]$name]]$files, model$name)
    } else {
      models[[model$name]] <- c(model, list(files = model$name))
    }
  }
  more <- list(
    "orthodont-age" = list(formula = "distance ~ age + (age | Subject)", data = "tests/reference/data/orthodont.csv"),
    "orthodont-sex" = list(formula = "distance ~ age + (0 + Sex | Subject)", data = "tests/reference/data/orthodont.csv"),
    "early" = list(formula = "cog ~ tos + (tos | id)", data = "tests/reference/data/early.csv"),
    "early-treated" = list(formula = "cog ~ tos * trt + (tos | id)", data = "tests/reference/data/early.csv")
  )
  for (name in names(more)) models[[name]] <- c(list(name = name), more[[name]], list(files = character()))
  models
}

write_early <- function(path) {
  data("Early", package = "mlmRev", envir = environment())
  table <- with(Early, data.frame(id = paste0("child", as.character(id)), cog = cog, age = age, tos = age - 0.5, trt = as.character(trt)))
  connection <- file(path, "wb")
  on.exit(close(connection))
  write.csv(table, connection, row.names = FALSE, quote = FALSE)
}

reference <- function(model) {
  data <- read_dataset(file.path(repository, model$data))
  fit <- suppressMessages(suppressWarnings(tight_lmer(model$formula, data, REML = FALSE)))
  list(
    formula = model$formula, data = model$data, files = I(model$files),
    ml = profiles(fit, FALSE), reml = profiles(fit, TRUE), lme4 = lme4_says(fit, data)
  )
}

# confint() of lme4, which profiles the likelihood with its own optimizer, and interpolates; null where it fails, and
# for the larger models, which it takes minutes for.
lme4_says <- function(fit, data) {
  if (nobs(fit) > 600 || length(getME(fit, "theta")) > 3) return(NULL)
  default <- suppressMessages(suppressWarnings(lme4::lmer(formula(fit), data, REML = FALSE)))
  answer <- tryCatch(
    suppressMessages(suppressWarnings(confint(default, parm = "theta_", method = "profile", oldNames = FALSE))), error = function(e) NULL
  )
  if (!is.null(answer)) setNames(lapply(seq_len(nrow(answer)), function(i) I(unname(answer[i, ]))), rownames(answer))
}

# ------------------------------------------------------------------------------------------------------ the deviance

# What the deviance needs of the data: each group's cross-products of Z with [Z X y], as matrices with a row a group,
# and those of [X y]. X is made orthonormal and y its residual, so that nothing cancels; REML's log determinant of X'X is
# put back.
moments_of <- function(fit) {
  X <- getME(fit, "X")
  qr_X <- qr(X)
  U <- cbind(qr.Q(qr_X), qr.resid(qr_X, getME(fit, "y")))
  cnms <- unlist(fit@cnms, use.names = FALSE)
  group <- getME(fit, "flist")[[1]]
  J <- nlevels(group)
  Zt <- getME(fit, "Zt")
  # Terms of a || stand one below the other in Zt; the columns of each run fastest within a group.
  first <- cumsum(c(0, lengths(fit@cnms) * J))
  Z <- do.call(cbind, lapply(seq_along(fit@cnms), function(t) {
    q <- length(fit@cnms[[t]])
    vapply(seq_len(q), function(k) Matrix::colSums(Zt[first[t] + seq(k, q * J, q), , drop = FALSE]), numeric(ncol(Zt)))
  }))
  q <- ncol(Z)
  p <- ncol(X)
  # Coefficients in units of their own: Z's columns are divided by their root mean squares.
  unit <- sqrt(colMeans(Z^2))
  Z <- sweep(Z, 2, unit, "/")
  by_group <- function(k) rowsum(Z[, k] * cbind(Z, U), as.integer(group))
  list(
    rows = lapply(seq_len(q), by_group), UU = crossprod(U), q = q, p = p, n = nrow(X), J = J, z = seq_len(q), u = q + seq_len(p + 1), names = cnms, unit = unit,
    block = rep(seq_along(fit@cnms), lengths(fit@cnms)), log_det_R = 2 * sum(log(abs(diag(qr.R(qr_X)))))
  )
}

permuted <- function(m, order) {
  rest <- m$q + seq_len(m$p + 1)
  m$rows <- lapply(order, function(k) m$rows[[k]][, c(order, rest)])
  m[c("names", "unit", "block")] <- lapply(m[c("names", "unit", "block")], `[`, order)
  m
}

# The deviance at G = sigma^2 Lambda Lambda' and its gradient in Lambda and log sigma (Bates et al. 2015, section 3). All
# groups at once: each number is a vector, an element a group, and each row of a matrix is a matrix, a row a group.
deviance_at <- function(m, Lambda, log_sigma, reml) {
  q <- m$q
  p <- m$p
  # W = L^-1 Lambda' [A B], row by row, where L is the Cholesky factor of I + Lambda' A Lambda: so W's first part is
  # L^-1 Lambda' A, and that times Lambda is L' less L^-1, whose part above the diagonal is L'.
  W <- vector("list", q)
  log_det <- 0
  for (j in seq_len(q)) {
    w <- 0
    for (k in which(Lambda[, j] != 0)) w <- w + Lambda[k, j] * m$rows[[k]]
    if (length(w) == 1) w <- 0 * m$rows[[1]]
    square <- 1 + drop(w[, m$z, drop = FALSE] %*% Lambda[, j])
    for (k in seq_len(j - 1)) {
      l <- drop(W[[k]][, m$z, drop = FALSE] %*% Lambda[, j])
      square <- square - l^2
      w <- w - l * W[[k]]
    }
    if (!all(square > 0 & square < Inf)) return(NULL)
    log_det <- log_det + sum(log(square))
    W[[j]] <- w / sqrt(square)
  }
  stacked <- do.call(rbind, W)
  S <- m$UU - base::crossprod(stacked[, m$u, drop = FALSE])
  x <- seq_len(p)
  R <- tryCatch(base::chol(S[x, x, drop = FALSE]), error = function(e) NULL)
  if (is.null(R)) return(NULL)
  beta <- backsolve(R, backsolve(R, S[x, p + 1], transpose = TRUE))
  rss <- S[p + 1, p + 1] - sum(S[x, p + 1] * beta)
  dof <- if (reml) m$n - p else m$n
  sigma2 <- exp(2 * log_sigma)
  value <- log_det + dof * log(2 * pi * sigma2) + rss / sigma2
  if (reml) value <- value + 2 * sum(log(diag(R))) + m$log_det_R
  # E = Z' V^-1 [Z X y], by group; V = I + Z Lambda Lambda' Z'.
  to_residual <- c(-beta, 1)
  inverse <- if (reml) backsolve(R, diag(p))
  residual <- matrix(0, m$J, q)
  scaled <- matrix(0, m$J * p, q)
  K <- matrix(0, q, q)
  for (i in seq_len(q)) {
    e <- m$rows[[i]]
    for (w in W) e <- e - w[, i] * w
    K[i, ] <- colSums(e[, m$z, drop = FALSE])
    residual[, i] <- e[, m$u, drop = FALSE] %*% to_residual
    if (reml) scaled[, i] <- e[, q + x, drop = FALSE] %*% inverse
  }
  K <- K - base::crossprod(residual) / sigma2
  if (reml) K <- K - base::crossprod(scaled)
  list(value = value, by_Lambda = 2 * K %*% Lambda, by_log_sigma = 2 * dof - 2 * rss / sigma2)
}

# ------------------------------------------------------------------------- parameters in which a component is held

# A chart says how Lambda and log sigma come from the free parameters `x` when one component has the value `v`, and how
# the gradient goes back. The coefficients that the component is about come first (see `permuted`).
#
# Below the diagonal Lambda is free, except between terms that || keeps apart. Signs of a column do not matter.
chart <- function(m, kind) {
  free <- lower.tri(diag(m$q), diag = TRUE) & outer(m$block, m$block, "==")
  if (kind == "sd") free[1, 1] <- FALSE
  if (kind == "cor") free[1:2, 1:2] <- FALSE
  n_free <- sum(free)
  switch(kind,
    # The residual standard deviation, or nothing (v is NULL): Lambda is free.
    sigma = list(
      lower = rep(-Inf, n_free),
      Lambda = function(x, v) replace(matrix(0, m$q, m$q), free, x), log_sigma = function(x, v) log(v),
      gradient = function(at, x, v) at$by_Lambda[free]
    ),
    none = list(
      lower = rep(-Inf, n_free + 1),
      Lambda = function(x, v) replace(matrix(0, m$q, m$q), free, x[seq_len(n_free)]), log_sigma = function(x, v) x[n_free + 1],
      gradient = function(at, x, v) c(at$by_Lambda[free], at$by_log_sigma)
    ),
    # A coefficient's standard deviation: Lambda[1, 1] = v / sigma.
    sd = list(
      lower = rep(-Inf, n_free + 1),
      Lambda = function(x, v) {
        Lambda <- replace(matrix(0, m$q, m$q), free, x[seq_len(n_free)])
        Lambda[1, 1] <- v / exp(x[n_free + 1])
        Lambda
      },
      log_sigma = function(x, v) x[n_free + 1],
      gradient = function(at, x, v) c(at$by_Lambda[free], at$by_log_sigma - at$by_Lambda[1, 1] * v / exp(x[n_free + 1]))
    ),
    # A correlation: the first rows of Lambda are (s, 0) and t (v, sqrt(1 - v^2)), with s and t not negative.
    cor = list(
      lower = c(rep(-Inf, n_free), 0, 0, -Inf),
      Lambda = function(x, v) {
        Lambda <- replace(matrix(0, m$q, m$q), free, x[seq_len(n_free)])
        Lambda[1, 1] <- x[n_free + 1]
        Lambda[2, 1:2] <- x[n_free + 2] * c(v, sqrt(1 - v^2))
        Lambda
      },
      log_sigma = function(x, v) x[n_free + 3],
      gradient = function(at, x, v) {
        c(at$by_Lambda[free], at$by_Lambda[1, 1], sum(at$by_Lambda[2, 1:2] * c(v, sqrt(1 - v^2))), at$by_log_sigma)
      }
    )
  )
}

minimised <- function(m, chart, reml, v, starts) {
  memory <- new.env()
  at <- function(x) {
    if (!identical(x, memory$x)) {
      memory$x <- x
      memory$at <- deviance_at(m, chart$Lambda(x, v), chart$log_sigma(x, v), reml)
    }
    memory$at
  }
  objective <- function(x) if (is.null(at(x))) Inf else at(x)$value
  gradient <- function(x) if (is.null(at(x))) rep(0, length(x)) else chart$gradient(at(x), x, v)
  from <- function(best, start, ...) {
    control <- list(..., iter.max = 1000, eval.max = 2000)
    if (!is.finite(objective(start))) return(best)
    found <- tryCatch(nlminb(start, objective, gradient, lower = chart$lower, control = control), error = function(e) NULL)
    if (is.null(found) || found$objective >= best$value) best else list(value = found$objective, x = found$par)
  }
  # Each start to five digits of the deviance's rise or so, then the best of them as far as it goes.
  best <- list(value = Inf)
  for (start in starts) best <- from(best, pmax(start, chart$lower), rel.tol = 1e-9, x.tol = 1e-5)
  for (round in 1:2) best <- from(best, best$x, rel.tol = 1e-15, x.tol = 1e-12)
  best
}

# ----------------------------------------------------------------------------------------------------- the intervals

profiles <- function(fit, reml) {
  m <- moments_of(fit)
  fit <- if (reml) suppressMessages(suppressWarnings(update(fit, REML = TRUE))) else fit
  by_lme4 <- function(Lambda, log_sigma) deviance_of_lme4(fit, m, Lambda, log_sigma, reml)
  # lme4's deviance and this one are the same function.
  set.seed(1)
  for (trial in 1:5) {
    Lambda <- (matrix(rnorm(m$q^2), m$q) * outer(m$block, m$block, "==")) |> (\(L) L * lower.tri(L, diag = TRUE))()
    log_sigma <- log(sigma(fit)) + rnorm(1, sd = 0.1)
    stopifnot(abs(by_lme4(Lambda, log_sigma) - deviance_at(m, Lambda, log_sigma, reml)$value) < 1e-6)
  }
  top <- optimum(m, reml, fit)
  stopifnot(abs(top$value - as.numeric(-2 * logLik(fit))) < 1e-6)
  components <- c(
    lapply(seq_len(m$q), function(k) list(kind = "sd", which = k)),
    unlist(lapply(seq_len(m$q), function(k) lapply(which(m$block == m$block[k] & seq_len(m$q) > k), function(l) list(kind = "cor", which = c(k, l)))), FALSE),
    list(list(kind = "sigma", which = integer()))
  )
  list(deviance = top$value, components = lapply(components, component, m = m, reml = reml, top = top, by_lme4 = by_lme4))
}

# The deviance by lme4's own code, at the same parameters.
deviance_of_lme4 <- function(fit, m, Lambda, log_sigma, reml) {
  G <- (Lambda %*% t(Lambda)) / outer(m$unit, m$unit)
  fn <- getME(fit, "devfun")
  theta <- unlist(lapply(unique(m$block), function(b) {
    root <- factor_of(G[m$block == b, m$block == b, drop = FALSE])
    root[lower.tri(root, diag = TRUE)]
  }))
  fn(theta)
  inside <- environment(fn)
  rss <- inside$resp$wrss() + inside$pp$sqrL(1)
  dof <- if (reml) m$n - m$p else m$n
  inside$pp$ldL2() + (if (reml) inside$pp$ldRX2() else 0) + dof * log(2 * pi * exp(2 * log_sigma)) + rss / exp(2 * log_sigma)
}

# A lower triangular root of a covariance matrix that may be singular: by QR of its symmetric root.
factor_of <- function(G) {
  e <- eigen(G, symmetric = TRUE)
  root <- e$vectors %*% (sqrt(pmax(e$values, 0)) * t(e$vectors))
  R <- qr.R(qr(root, LAPACK = FALSE, tol = 0))
  L <- t(R)
  sweep(L, 2, ifelse(diag(L) < 0, -1, 1), "*")
}

optimum <- function(m, reml, fit) {
  G <- as.matrix(Matrix::bdiag(lapply(VarCorr(fit), function(term) term[, , drop = FALSE]))) * outer(m$unit, m$unit)
  full <- chart(m, "none")
  x <- function(G, sigma) start_at(m, "none", G, sigma)
  starts <- list(x(G, sigma(fit)), x(diag(diag(G) + 0.1 * sigma(fit)^2, m$q), sigma(fit)), x(diag(sigma(fit)^2, m$q), sigma(fit)))
  found <- minimised(m, full, reml, NULL, starts)
  # Values of the deviance say where its minimum is to half their digits only; Newton's method, to most.
  slope <- function(x) full$gradient(deviance_at(m, full$Lambda(x), full$log_sigma(x), reml), x)
  for (iteration in 1:3) {
    found$x <- found$x - drop(MASS::ginv(numDeriv::jacobian(slope, found$x), tol = 1e-8) %*% slope(found$x))
  }
  Lambda <- full$Lambda(found$x)
  log_sigma <- full$log_sigma(found$x)
  stopifnot(abs(deviance_at(m, Lambda, log_sigma, reml)$value - found$value) < 1e-7)
  list(value = found$value, G = exp(2 * log_sigma) * Lambda %*% t(Lambda), sigma = exp(log_sigma))
}

# The free parameters of a chart at these G and sigma; what the component is held at does not matter.
start_at <- function(m, kind, G, sigma) {
  Lambda <- factor_of(G + 1e-14 * diag(diag(G), m$q)) / sigma
  free <- lower.tri(diag(m$q), diag = TRUE) & outer(m$block, m$block, "==")
  if (kind == "sd") free[1, 1] <- FALSE
  if (kind == "cor") free[1:2, 1:2] <- FALSE
  c(
    Lambda[free], if (kind == "cor") c(abs(Lambda[1, 1]), sqrt(sum(Lambda[2, 1:2]^2))), if (kind != "sigma") log(sigma)
  )
}

component <- function(what, m, reml, top, by_lme4) {
  order <- c(what$which, setdiff(seq_len(m$q), what$which))
  m <- permuted(m, order)
  G <- top$G[order, order, drop = FALSE]
  held <- chart(m, what$kind)
  # Values are in the data's units outside, in the units of m inside.
  unit <- if (what$kind == "sd") 1 / m$unit[1] else 1
  estimate <- switch(what$kind, sd = sqrt(G[1, 1]), cor = G[1, 2] / sqrt(G[1, 1] * G[2, 2]), sigma = top$sigma)
  vanishing <- what$kind == "cor" && min(G[1, 1], G[2, 2]) < 1e-10 * top$sigma^2
  profile <- profile_of(m, held, what$kind, reml, G, top)
  inside <- if (vanishing) 0 else estimate
  if (what$kind == "sd" && estimate < 1e-5 * top$sigma) inside <- 0
  if (what$kind == "cor") inside <- if (abs(inside) > 1 - 1e-9) sign(inside) else inside
  lower <- end_of(profile, what$kind, inside, -1, top$sigma)
  upper <- end_of(profile, what$kind, inside, 1, top$sigma)
  check <- function(end) {
    answer <- profile(end$value)
    by_lme4 <- function(x) {
      at <- held$Lambda(x, end$value)
      back <- match(seq_len(m$q), order)
      by_lme4_inner(at[back, , drop = FALSE], held$log_sigma(x, end$value))
    }
    abs(by_lme4(answer$x) - answer$value)
  }
  by_lme4_inner <- by_lme4
  for (end in list(lower, upper)) {
    difference <- check(end)
    if (difference > 1e-6) warning(sprintf("lme4's deviance differs by %.1e", difference))
  }
  list(
    kind = if (what$kind == "sigma") "sd" else what$kind,
    of = I(if (what$kind == "sigma") "Residual" else m$names[seq_along(what$which)]),
    estimate = if (vanishing) NA else inside * unit, lower = lower$value * unit, upper = upper$value * unit,
    rise_at_lower = lower$rise, rise_at_upper = upper$rise,
    # At the ends of the range, where those can be tried: 0 for a coefficient's standard deviation, -1 and 1.
    rise_at_bounds = I(switch(what$kind, sigma = numeric(), sd = profile(0)$rise, cor = c(profile(-1)$rise, profile(1)$rise))),
    # All values at which the profile crosses the limit: more than two, or one with a bound inside, if it comes down again.
    crossings = I(sort(c(lower$crossings, upper$crossings)) * unit)
  )
}

# Value of the profile, and the parameters there: the best of many starts. They are those of the nearest known values, of
# the optimum, and of the optimum with variances taken away, made small or large, and correlations turned.
profile_of <- function(m, held, kind, reml, G, top) {
  s2 <- top$sigma^2
  size <- pmax(diag(G), 1e-3 * s2)
  shapes <- list(G, diag(size, m$q), diag(0.01 * size, m$q), diag(25 * size, m$q))
  for (k in seq_len(m$q)) shapes <- c(shapes, list(replace(diag(size, m$q), cbind(k, k), 1e-4 * s2 / 1e2)))
  if (m$q > 1) {
    for (sign in c(-1, 1)) {
      r <- sign * 0.7
      R <- if (m$q == 2) matrix(c(1, r, r, 1), 2) else outer(c(1, sign, sign)[1:m$q], c(1, sign, sign)[1:m$q]) * 0.7 + diag(0.3, m$q)
      shapes <- c(shapes, list(R * outer(sqrt(size), sqrt(size))))
    }
    if (m$q == 3) for (turn in list(c(1, 1, -1), c(1, -1, 1))) shapes <- c(shapes, list((outer(turn, turn) * 0.7 + diag(0.3, 3)) * outer(sqrt(size), sqrt(size))))
  }
  fixed <- lapply(shapes, function(shape) start_at(m, kind, shape, top$sigma))
  known <- list()
  function(v, everywhere = TRUE) {
    same <- Filter(function(k) k$v == v && k$everywhere >= everywhere, known)
    if (length(same)) return(same[[1]])
    near <- known[order(vapply(known, function(k) abs(k$v - v), 0))[seq_len(min(2, length(known)))]]
    starts <- c(lapply(near, `[[`, "x"), fixed[1], if (everywhere || !length(near)) fixed[-1])
    best <- minimised(m, held, reml, v, starts)
    best$v <- v
    best$everywhere <- everywhere
    best$rise <- best$value - top$value
    known <<- c(known, list(best))
    best
  }
}

# A profile's end on one side, and whether it is the bound of the range. From the estimate outwards on a grid that includes the bound, so that a profile that comes down again is noticed; then
# the place of each crossing. The end is the crossing nearest to the estimate.
end_of <- function(profile, kind, inside, side, sigma) {
  bound <- switch(kind, cor = side, if (side < 0) 0 else Inf)
  grid <- switch(kind,
    cor = inside + (bound - inside) * c(0.02, 0.05, seq(0.1, 0.9, 0.1), 0.95, 0.98, 0.995, 1),
    sd = if (side < 0) inside * c(0.99, 0.97, seq(0.9, 0.1, -0.1), 0.05, 0.02, 0) else inside + max(inside, 0.05 * sigma) * c(0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 20, 100, 1e3, 1e4),
    sigma = inside * if (side < 0) 1 / c(1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 2, 3, 5, 10) else c(1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 2, 3, 5, 10)
  )
  if (inside == bound) return(list(value = bound, rise = profile(bound)$rise, bound = TRUE, crossings = numeric()))
  previous <- list(v = inside, rise = 0)
  crossings <- numeric()
  last <- NULL
  beyond <- 0
  grid <- unique(grid)
  for (i in seq_along(grid)) {
    v <- grid[i]
    last <- profile(v, everywhere = i %% 4 == 0 || v == bound)
    if ((last$rise > LIMIT) != (previous$rise > LIMIT)) crossings <- c(crossings, crossing(profile, previous$v, v))
    # Far beyond the limit on the endless side, nothing more is to be found.
    beyond <- if (last$rise > LIMIT + 30) beyond + 1 else 0
    if (beyond >= 1 && kind != "cor" && !(kind == "sd" && side < 0)) break
    previous <- last
  }
  if (!length(crossings)) {
    if (kind == "sigma" || (kind == "sd" && side > 0)) stop("no crossing on the way to a bound that cannot be tried")
    return(list(value = bound, rise = last$rise, bound = TRUE, crossings = crossings))
  }
  list(value = crossings[1], rise = profile(crossings[1])$rise, bound = FALSE, crossings = crossings)
}

crossing <- function(profile, from, to) {
  # Warm starts find the root; all starts then see whether it is one.
  for (attempt in 1:5) {
    excess <- function(v) profile(v, attempt > 1)$rise - LIMIT
    root <- tryCatch(uniroot(excess, sort(c(from, to)), tol = 1e-12 * max(abs(c(from, to))), maxiter = 200)$root, error = function(e) NA)
    if (!is.na(root) && abs(profile(root)$rise - LIMIT) < 1e-7) return(root)
  }
  stop("no crossing found")
}

versions <- function() {
  c(R = paste(R.version$major, R.version$minor, sep = "."), vapply(c("lme4", "Matrix", "mlmRev"), function(p) as.character(packageVersion(p)), ""))
}

main(commandArgs(trailingOnly = TRUE))
