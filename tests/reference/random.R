# R's random numbers, for tests/hlm/course/test_r_random.py: random.json beside this file.
#
#     Rscript tests/reference/random.R      (R with MASS; generators are R's defaults since version 1.7.0)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
source(file.path(here, "json.R"))
RNGkind("Mersenne-Twister", "Inversion")

draws <- function(seed, draw) {
  set.seed(seed)
  draw()
}

seeds <- c(0, 1, 2, 42, 20240229, -1, -987654321, 2147483647, -2147483647)
of_seeds <- function(draw) setNames(lapply(seeds, draws, draw = draw), seeds)

# Covariance matrices whose eigenvectors LAPACK could point either way: of two variables, three and five; singular; diagonal.
sigmas <- list(
  "slide" = matrix(c(4, .2, .2, 5), 2),
  "negative" = matrix(c(4.8, -.15, -.15, .41), 2),
  "wide" = matrix(c(1e4, 30, 30, 1e-1), 2),
  "singular" = matrix(c(4, 6, 6, 9), 2),
  "diagonal" = diag(c(2, 3)),
  "descending" = diag(c(3, 2)),
  "one variable" = matrix(2.5),
  "three" = matrix(c(2, -1, .5, -1, 3, .25, .5, .25, 1), 3),
  "five" = 0.8^abs(outer(1:5, 1:5, "-"))
)

write_json(list(
  R = R.version.string,
  MASS = as.character(packageVersion("MASS")),
  runif = of_seeds(function() runif(1000)[c(1:5, 620:630, 1000)]),
  rnorm = of_seeds(function() rnorm(1000)[c(1:5, 310:315, 1000)]),
  extremes = draws(3, function() range(rnorm(200000))),
  one_after_the_other = draws(1, function() c(runif(3), rnorm(3), runif(3))),
  mvrnorm = lapply(sigmas, function(sigma) {
    mu <- seq_len(nrow(sigma)) - 1
    list(mu = I(mu), sigma = sigma, draws = draws(1, function() MASS::mvrnorm(9, mu, sigma)))
  })
), file.path(here, "random.json"))
