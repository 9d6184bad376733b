# Every number that the course slides print, computed by R with the slides' own calls: ledger.json beside this file.
#
#     Rscript tests/reference/ledger.R      (R with lme4, lmerTest, MASS and stargazer)
#
# The names are those of the columns `computed` and `explained` in data/slides.csv. Models are fitted with lme4's default
# settings, as on the slides, so the values are those of where its optimizer stops, not of the optimum.

suppressPackageStartupMessages({
  library(lmerTest)
  library(stargazer)
})
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
source(file.path(here, "json.R"))

hsb <- read.csv(file.path(here, "../../data/hsb.csv"))
t_test <- t.test(math ~ sector, hsb, var.equal = TRUE) # public minus Catholic, as on the slide
ols1 <- lm(math ~ sector, data = hsb)
m0 <- lmer(math ~ 1 + (1 | sch.id), data = hsb)
m1 <- lmer(math ~ sector + (1 | sch.id), data = hsb)

between <- function(fit) as.data.frame(VarCorr(fit))$vcov[1]
within <- function(fit) sigma(fit)^2

rows <- function() {
  texts <- lapply(1:6, function(i) unname(unlist(hsb[i, ])))
  setNames(texts, paste("row", 1:6))
}

descriptives <- function() {
  by_sector <- split(hsb$math, ifelse(hsb$sector == 1, "Catholic", "public"))
  list(
    "students" = nrow(hsb),
    "schools" = length(unique(hsb$sch.id)),
    "students a school" = mean(table(hsb$sch.id)),
    "Catholic mean" = mean(by_sector$Catholic),
    "Catholic sd" = sd(by_sector$Catholic),
    "Catholic n" = length(by_sector$Catholic),
    "public mean" = mean(by_sector$public),
    "public sd" = sd(by_sector$public),
    "public n" = length(by_sector$public),
    "variance of sector" = var(hsb$sector)
  )
}

without_schools <- function() {
  list(
    "t test difference" = unname(t_test$estimate[1] - t_test$estimate[2]),
    "t test se" = t_test$stderr,
    "t test t" = unname(t_test$statistic),
    "t test p" = t_test$p.value,
    "ols se" = coef(summary(ols1))["sector", "Std. Error"],
    "ols sigma2" = sigma(ols1)^2
  )
}

coefficients_of <- function(fit, where) {
  columns <- c(estimate = "Estimate", se = "Std. Error", t = "t value", df = "df", p = "Pr(>|t|)")
  table <- coef(summary(fit))
  values <- list()
  for (name in c("(Intercept)", "sector")) {
    for (column in names(columns)) {
      values[[paste0(where, c("(Intercept)" = "gamma00", sector = "gamma01")[[name]], " ", column)]] <-
        table[name, columns[[column]]]
    }
  }
  values
}

mixed <- function() {
  gamma <- fixef(m1)
  c(coefficients_of(m1, ""), coefficients_of(m1, "stopped "), list(
    "sum of gammas" = unname(c(gamma, sum(gamma))),
    "tau00" = between(m1),
    "sigma2" = within(m1),
    "null tau00" = between(m0),
    "null sigma2" = within(m0),
    "null sigma2 cut" = floor(100 * within(m0)) / 100,
    "log-likelihood" = as.numeric(logLik(m1)),
    "AIC" = AIC(m1),
    "BIC" = BIC(m1)
  ))
}

# The slides' arithmetic, taken literally (with the numbers as they print them), and what explains their results.
arithmetic <- function() {
  tau00 <- round(between(m1), 2)
  sigma2 <- round(within(m1), 2)
  star <- round(sigma(ols1)^2, 2)
  null <- round(between(m0), 2)
  n <- round(mean(table(hsb$sch.id)))
  var_sector <- round(var(hsb$sector), 2)
  J <- length(unique(hsb$sch.id))
  share <- (between(m0) - between(m1)) / between(m0)
  list(
    "formula se" = sqrt((tau00 + sigma2 / n) / (J * var_sector)),
    "ols formula without n" = sqrt(star / (J * var_sector)),
    "ols formula with n" = sqrt(star / (n * J * var_sector)),
    "share of rounded" = (null - tau00) / null,
    "percentage of rounded" = 100 * (null - tau00) / null,
    "share" = share,
    "percentage" = 100 * share
  )
}

# The cells of stargazer's text table: "table sector 1" is the first model's coefficient, "table sector se 1" what is under it.
side_by_side <- function() {
  m1 <- lme4::lmer(math ~ sector + (1 | sch.id), data = hsb) # stargazer knows no model of lmerTest
  lines <- capture.output(stargazer(ols1, m1, type = "text", star.cutoffs = c(.05, .01, .001)))
  of_mixed_models <- c("Log Likelihood", "Akaike Inf. Crit.", "Bayesian Inf. Crit.")
  cells <- list()
  label <- NULL
  for (line in lines[grepl("[0-9]", lines) & !grepl("^ *\\([0-9]\\)|^Note", lines)]) {
    is_se <- startsWith(line, " ")
    if (!is_se) label <- sub("  .*", "", line)
    rest <- substring(line, if (is_se) 1 else nchar(label) + 1)
    parts <- strsplit(trimws(rest), " {2,}")[[1]]
    models <- if (length(parts) == 2) 1:2 else if (label %in% of_mixed_models) 2 else 1
    for (k in seq_along(parts)) cells[[paste0("table ", label, if (is_se) " se", " ", models[k])]] <- parts[k]
  }
  cells
}

school_lines <- function() {
  schools <- split(hsb, hsb$sch.id)
  lines <- t(vapply(schools, function(school) coef(lm(math ~ ses, school)), c(0, 0)))
  list("regressions" = nrow(lines))
}

nine_draws <- function() {
  gamma_00 <- 10
  gamma_10 <- 2
  G <- matrix(c(4, .2, .2, 5), 2)
  set.seed(1)
  Uj <- MASS::mvrnorm(9, mu = c(0, 0), Sigma = G)
  list(
    "correlation of U" = cor(Uj)[1, 2],
    "correlation of beta" = cor(gamma_00 + Uj[, 1], gamma_10 + Uj[, 2])
  )
}

nine_lines <- function() {
  slopes <- c(0, 3, -1, 7, 2, -6, 1, 9, 4)
  intercepts <- seq(5, 20, length = 9)
  list(
    "covariance with the intercept 10" = cov(slopes, rep(10, 9)),
    "covariance with the slope 3" = cov(intercepts, rep(3, 9))
  )
}

write_json(c(
  list(
    "made with" = paste0(R.version.string, ", lme4 ", packageVersion("lme4"), ", lmerTest ", packageVersion("lmerTest")),
    "theta of lme4" = unname(getME(m1, "theta"))
  ),
  rows(), descriptives(), without_schools(), mixed(), arithmetic(), side_by_side(), school_lines(), nine_draws(), nine_lines()
), file.path(here, "ledger.json"))
