# The deviance of math ~ ses + (ses | sch.id) with the correlation held, by lme4's own deviance function: correlation.json.
#
#     Rscript tests/reference/correlation.R      (R with lme4; seconds)

suppressPackageStartupMessages(library(lme4))
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
source(file.path(here, "json.R"))
hsb <- read.csv(file.path(here, "../../data/hsb.csv"))

# theta is the lower triangle of the root of G / sigma^2: an intercept's and a slope's spread, leaning by r.
rise <- function(reml, correlations) {
  deviance <- lmer(math ~ ses + (ses | sch.id), hsb, REML = reml, devFunOnly = TRUE)
  held <- function(r) {
    starts <- list(c(.36, .1), c(.36, 1e-6))
    least <- function(start) {
      nlminb(start, function(s) deviance(c(s[1], r * s[2], sqrt(1 - r^2) * s[2])), lower = c(0, 0),
             control = list(rel.tol = 1e-14, x.tol = 1e-12))$objective
    }
    min(vapply(starts, least, 0))
  }
  best <- optimize(held, c(-.4, .2), tol = 1e-9)$objective
  vapply(correlations, held, 0) - best
}

correlations <- c(-1, -.8, -.4, 0, .3, .5)
write_json(list(
  "correlations" = correlations,
  "reml" = rise(TRUE, correlations),
  "ml" = rise(FALSE, correlations)
), file.path(here, "correlation.json"))
