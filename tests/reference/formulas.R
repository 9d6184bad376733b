# lme4's formula language, formula by formula: formulas.json, and its invented data in data/.
#
#     Rscript tests/reference/formulas.R               # all
#     Rscript tests/reference/formulas.R 'y ~ x + z'   # prints what R makes of those that contain this text
#
# For each formula, what R makes of it: the columns of X and of each random term's Z, the rows left out, the estimates
# at the tight optimum of tight.R; or the message with which R refuses.

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R", "datasets.R", "invented.R")) source(file.path(here, file))
library(splines)
invisible(Sys.setlocale("LC_COLLATE", "C"))
Sys.setenv(LANGUAGE = "en")
options(width = 500, warning.length = 8000)

main <- function(wanted) {
  write_invented(file.path(here, "data"))
  cases <- all_cases()
  stopifnot(!duplicated(vapply(cases, function(case) paste(case$data, case$formula), "")))
  if (length(wanted)) {
    cases <- Filter(function(case) grepl(wanted, case$formula, fixed = TRUE), cases)
    return(cat(to_json(lapply(cases, reference)), "\n"))
  }
  answers <- lapply(cases, reference)
  write_json(list(
    versions = versions(),
    data = lapply(data_sets, function(path) list(path = path, columns = columns_of(path))),
    caller = list(k = 3, twice = "2 * x"),
    formulas = answers
  ), file.path(here, "formulas.json"))
  accepted <- vapply(answers, function(answer) answer$accepted, NA)
  cat(sum(accepted), "fitted,", sum(!accepted), "refused\n")
  for (answer in answers[accepted]) {
    if (answer$degenerate) {
      cat("degenerate ", answer$formula, "\n")
    } else if (answer$gradient > 1e-6 || answer$flat_directions) {
      cat(sprintf("gradient %.0e, %d flat  %s\n", answer$gradient, answer$flat_directions, answer$formula))
    }
  }
}

of <- function(name) paste0("tests/reference/data/", name, ".csv")
data_sets <- c(
  kinds = of("kinds"), "kinds-infinite" = of("kinds-infinite"), sleepstudy = of("sleepstudy"), cake = of("cake"),
  machines = of("machines"), orthodont = of("orthodont"), airquality = of("airquality"), hsb = "data/hsb.csv"
)
data_sets <- as.list(data_sets)

# Types that the CSV file does not show; text is text.
columns_of <- function(path) kinds[if (grepl("kinds", path)) intersect(names(kinds), names(read_any(path)))]

read_any <- function(path) {
  path <- file.path(repository, path)
  if (grepl("kinds", path)) read_kinds(path) else read.csv(path)
}

# Objects of whoever calls: a formula may use them.
caller <- new.env(parent = globalenv())
caller$k <- 3
caller$twice <- function(x) 2 * x

all_cases <- function() {
  cases <- list()
  for (topic in names(formulas)) {
    for (data in names(formulas[[topic]])) {
      for (formula in formulas[[topic]][[data]]) {
        cases <- c(cases, list(list(topic = topic, formula = formula, data = data)))
      }
    }
  }
  cases
}

formulas <- list(
  operators = list(kinds = c(
    "y ~ x + (1 | g)", "y ~ x + z + (1 | g)", "y ~ x:z + (1 | g)", "y ~ x * z + (1 | g)", "y ~ x * z - x + (1 | g)",
    "y ~ x * z * w + (1 | g)", "y ~ (x + z + w)^2 + (1 | g)", "y ~ (x + z + w)^2 - x:z + (1 | g)",
    "y ~ (x + z + w)^3 - x:z:w + (1 | g)", "y ~ (x + z)**2 + (1 | g)",
    "y ~ x^2 + (1 | g)", "y ~ x:x + (1 | g)", "y ~ x * x + (1 | g)", "y ~ x + x + (1 | g)", "y ~ x + -z + z + (1 | g)",
    "y ~ z + x - z + (1 | g)", "y ~ (x + (z)) + (1 | g)", "y ~ x:z + x + z + (1 | g)", "y ~ z:x + (1 | g)",
    "y ~ a + (1 | g)", "y ~ a + b + (1 | g)", "y ~ a:b + (1 | g)", "y ~ 0 + a:b + (1 | g)", "y ~ a * b + (1 | g)",
    "y ~ a + a:b + (1 | g)", "y ~ b + a:b + (1 | g)", "y ~ a / b + (1 | g)", "y ~ a / b / c + (1 | g)",
    "y ~ b %in% a + (1 | g)", "y ~ a + b %in% a + (1 | g)", "y ~ (a + b + c)^2 + (1 | g)",
    "y ~ (a + b + c)^2 - a:b + (1 | g)", "y ~ a * b * c - a:b:c + (1 | g)", "y ~ a * b * c + (1 | g)",
    "y ~ a:x + (1 | g)", "y ~ x + a:x + (1 | g)", "y ~ a + a:x + (1 | g)", "y ~ 0 + a + a:x + (1 | g)",
    "y ~ a / x + (1 | g)", "y ~ a / (x + z) + (1 | g)", "y ~ (a + b) / x + (1 | g)", "y ~ a * (x + z) + (1 | g)",
    "y ~ x / a + (1 | g)", "y ~ x / z + (1 | g)", "y ~ x %in% a + (1 | g)", "y ~ (a + x)^2 + (1 | g)",
    "y ~ a * b - a + (1 | g)", "y ~ a * b - b + (1 | g)", "y ~ a * x - a + (1 | g)", "y ~ x * a - x + (1 | g)",
    "y ~ x:a:b + (1 | g)", "y ~ I(a) + (1 | g)", "y ~ 0 + a * x + (1 | g)", "y ~ 0 + a * b + (1 | g)",
    "y ~ 0 + a:b + a:c + (1 | g)"
  )),
  intercept = list(kinds = c(
    "y ~ 1 + (1 | g)", "y ~ (1 | g)", "y ~ 1 + x + (1 | g)", "y ~ x - 1 + (1 | g)", "y ~ -1 + x + (1 | g)",
    "y ~ 0 + x + (1 | g)", "y ~ x + 0 + (1 | g)", "y ~ x + (1 | g) - 1", "y ~ x - 1 + 1 + (1 | g)",
    "y ~ x + 1 + 0 + (1 | g)", "y ~ x - 0 + (1 | g)", "y ~ 0 + colour + (1 | g)", "y ~ colour - 1 + (1 | g)",
    "y ~ 0 + a + b + (1 | g)", "y ~ 0 + x + a + (1 | g)", "y ~ 0 + x:a + (1 | g)", "y ~ 0 + smoker + (1 | g)",
    "y ~ 0 + grade + (1 | g)", "y ~ 0 + (1 | g)", "y ~ -1 + (1 | g)", "y ~ Intercept + (1 | g)",
    "y ~ x + (Intercept | g)", "y ~ 2 + x + (1 | g)"
  )),
  arithmetic = list(kinds = c(
    "y ~ x + I(x^2) + (1 | g)", "y ~ n + I(n^2) + (1 | g)", "y ~ I(n^2) + (1 | g)", "y ~ I(n^3) + (1 | g)",
    "y ~ I(n**2) + (1 | g)", "y ~ I(x * z) + (1 | g)", "y ~ I((x - 1)^2) + (1 | g)", "y ~ I(x^2 + z) + (1 | g)",
    "y ~ I((n - 1)^2) + (1 | g)", "y ~ I(n^2 * z) + (1 | g)", "y ~ I(x / 2) + (1 | g)", "y ~ I(1 / x) + (1 | g)",
    "y ~ I(n / 4) + (1 | g)", "y ~ I(-x) + (1 | g)", "y ~ I(-x^2) + (1 | g)", "y ~ I(x^-1) + (1 | g)",
    "y ~ I(x^0.5) + (1 | g)", "y ~ I(2^n) + (1 | g)", "y ~ I(x^2^0.5) + (1 | g)", "y ~ I(x - mean(x)) + (1 | g)",
    "y ~ I(log(p)^2) + (1 | g)", "y ~ I(n %% 3) + (1 | g)", "y ~ I(n %/% 3) + (1 | g)", "y ~ I(-n %/% 4) + (1 | g)",
    "y ~ I(-n %% 4) + (1 | g)", "y ~ I(x > 3) + (1 | g)", "y ~ x > 3 + (1 | g)", "y ~ I(n == 3) + (1 | g)",
    "y ~ I((x > 2) * z) + (1 | g)", "y ~ I(x > 2 & z > 0) + (1 | g)", "y ~ I(!smoker) + (1 | g)",
    "y ~ I(smoker * x) + (1 | g)", "y ~ I(smoker + smoker) + (1 | g)", "y ~ x + I(2 * x) + (1 | g)",
    "y ~ x * I(x^2) + (1 | g)", "y ~ (x + I(x^2)) * a + (1 | g)", "y ~ I(x + z) + (1 | g)", "y ~ I(1e-3 * w) + (1 | g)",
    "y ~ I(x * k) + (1 | g)", "y ~ twice(x) + (1 | g)", "y ~ twice(x) * a + (1 | g)", "y ~ I(pmin(x, k)) + (1 | g)",
    # Each operator beside one that binds a little less tightly.
    "y ~ I(2 * n %% 4) + (1 | g)", "y ~ I(20 / 4 %/% 3 * n) + (1 | g)", "y ~ I(9 - n * x) + (1 | g)", "y ~ I(n + 1 > x + z) + (1 | g)",
    "y ~ I(!n > 3) + (1 | g)", "y ~ I(!smoker & x > 2) + (1 | g)", "y ~ I(x - n - 2) + (1 | g)"
  ), sleepstudy = c("Reaction ~ Days + I(Days^2) + (1 | Subject)", "Reaction ~ I((Days - 4)^2) + (Days | Subject)")),
  transformations = list(kinds = c(
    "y ~ log(p) + (1 | g)", "y ~ log(x, 2) + (1 | g)", "y ~ log(x, base = 10) + (1 | g)", "y ~ log2(p) + (1 | g)",
    "y ~ log10(p) + (1 | g)", "y ~ log1p(n) + (1 | g)", "y ~ exp(z) + (1 | g)", "y ~ expm1(z) + (1 | g)",
    "y ~ sqrt(p) + (1 | g)", "y ~ abs(z) + (1 | g)", "y ~ sin(x) + cos(x) + (1 | g)", "y ~ round(x) + (1 | g)",
    "y ~ floor(x) + (1 | g)", "y ~ scale(x) + (1 | g)", "y ~ scale(x, scale = FALSE) + (1 | g)",
    "y ~ scale(x, center = FALSE) + (1 | g)", "y ~ scale(x, TRUE, FALSE) + (1 | g)", "y ~ scale(x) * scale(z) + (1 | g)",
    "y ~ scale(log(p)) + (1 | g)", "y ~ poly(x, 2) + (1 | g)", "y ~ poly(x, degree = 3) + (1 | g)",
    "y ~ poly(x, 2, raw = TRUE) + (1 | g)", "y ~ poly(n, 2) + (1 | g)", "y ~ poly(x, z, degree = 2) + (1 | g)",
    "y ~ poly(x, 2) * a + (1 | g)", "y ~ poly(x, 1) + (1 | g)", "y ~ poly(n, 10) + (1 | g)",
    "y ~ ns(x, 3) + (1 | g)", "y ~ ns(x, df = 2) + (1 | g)", "y ~ ns(x, knots = c(2, 4)) + (1 | g)",
    "y ~ bs(x) + (1 | g)", "y ~ bs(x, df = 5) + (1 | g)", "y ~ bs(x, degree = 2) + (1 | g)",
    "y ~ bs(x, knots = c(2, 4)) + (1 | g)", "y ~ splines::ns(x, 3) + (1 | g)",
    "y ~ cut(x, 3) + (1 | g)", "y ~ cut(x, c(0, 2, 4, 6)) + (1 | g)", "y ~ cut(x, c(1, 3, 5)) + (1 | g)",
    "y ~ cut(n, c(0, 3, 6, 9), include.lowest = TRUE) + (1 | g)", "y ~ cut(n, c(0, 3, 6, 9), right = FALSE) + (1 | g)",
    "y ~ cut(n, c(0, 3, 6, 9), right = FALSE, include.lowest = TRUE) + (1 | g)",
    "y ~ bs(x, df = 5, Boundary.knots = c(1, 5)) + (1 | g)", "y ~ ns(x, df = 3, Boundary.knots = c(1, 5)) + (1 | g)",
    "y ~ ifelse(x > 3, 1, 0) + (1 | g)", "y ~ ifelse(colour == \"red\", x, z) + (1 | g)", "y ~ pmax(x, 3) + (1 | g)",
    "y ~ x + offset(z) + (1 | g)", "y ~ x + offset(2 * z) + offset(n) + (1 | g)", "y ~ offset(z) + (1 | g)",
    "y ~ cumsum(z) + (1 | g)", "y ~ rank(x) + (1 | g)"
  )),
  categorical = list(kinds = c(
    "y ~ colour + (1 | g)", "y ~ sector + (1 | g)", "y ~ smoker + (1 | g)", "y ~ smoker * x + (1 | g)",
    "y ~ smoker:x + (1 | g)", "y ~ smoker * sector + (1 | g)", "y ~ grade + (1 | g)", "y ~ grade * x + (1 | g)",
    "y ~ factor(n) + (1 | g)", "y ~ as.factor(n) + (1 | g)", "y ~ factor(sector) + (1 | g)",
    "y ~ factor(colour, levels = c(\"blue\", \"red\", \"green\")) + (1 | g)", "y ~ factor(n > 4) + (1 | g)",
    "y ~ as.numeric(colour) + (1 | g)", "y ~ as.numeric(smoker) + (1 | g)", "y ~ as.numeric(sector) + (1 | g)",
    "y ~ as.integer(x) + (1 | g)", "y ~ as.character(n) + (1 | g)", "y ~ relevel(colour, \"blue\") + (1 | g)",
    "y ~ relevel(colour, ref = \"green\") + (1 | g)", "y ~ relevel(factor(sector), ref = \"public\") + (1 | g)",
    "y ~ relevel(sector, ref = \"public\") + (1 | g)", "y ~ relevel(colour, ref = \"pink\") + (1 | g)",
    "y ~ interaction(a, b) + (1 | g)", "y ~ droplevels(colour) + (1 | g)", "y ~ C(a, contr.sum) + (1 | g)",
    "y ~ C(b, contr.sum) + (1 | g)", "y ~ C(colour, contr.sum) + (1 | g)", "y ~ C(droplevels(colour), contr.sum) + (1 | g)",
    "y ~ C(b, contr.treatment(base = 2)) + (1 | g)", "y ~ C(b, contr.treatment(3, base = 2)) + (1 | g)",
    "y ~ C(b, contr.treatment, base = 2) + (1 | g)", "y ~ C(b, contr.helmert) + (1 | g)", "y ~ C(b, contr.poly) + (1 | g)",
    "y ~ C(b, contr.SAS) + (1 | g)", "y ~ C(b, treatment) + (1 | g)", "y ~ C(b) + (1 | g)", "y ~ C(grade, contr.sum) + (1 | g)",
    "y ~ C(grade, contr.treatment) + (1 | g)", "y ~ C(grade, contr.poly, 1) + (1 | g)", "y ~ C(sector, contr.sum) + (1 | g)",
    "y ~ C(factor(sector), contr.sum) + (1 | g)", "y ~ C(b, contr.sum) * x + (1 | g)", "y ~ C(b, contr.sum) * a + (1 | g)",
    "y ~ 0 + C(b, contr.sum) + (1 | g)", "y ~ ordered(n > 4) + (1 | g)", "y ~ factor(n) * x + (1 | g)",
    "y ~ factor(smoker) + (1 | g)", "y ~ (colour == \"red\") + (1 | g)", "y ~ same + (1 | g)", "y ~ five + (1 | g)",
    "y ~ factor(sector, labels = c(\"C\", \"o\", \"p\")) + (1 | g)", "y ~ a:grade + (1 | g)"
  ), cake = c("angle ~ recipe * factor(temp) + (1 | replicate)", "angle ~ recipe:temp + (1 | replicate)")),
  names = list(kinds = c(
    "y ~ x.mid + (1 | g)", "y ~ x.mid * x + (1 | g)", "y ~ log(x.mid + 10) + (1 | g)", "y ~ `reading score` + (1 | g)",
    "y ~ `reading score` * x + (1 | g)", "`reading score` ~ x + (1 | g)", "y ~ log(`reading score`) + (1 | g)",
    "y ~ I(`reading score`^2) + (1 | g)", "y ~ x + (1 | `the group`)", "y ~ x + (`reading score` | g)", "y ~ `x` + (1 | `g`)",
    "y ~ log + (1 | g)", "y ~ log(p) + log + (1 | g)", "y ~ c + (1 | g)", "y ~ score + (1 | g)", "y~x+(1|g)",
    " y  ~  x +\n  (1 | g) # a comment"
  ), hsb = c("math ~ ses + (1 | sch.id)", "math ~ factor(sector) * ses + I(ses^2) + (1 | sch.id)")),
  dot = list(
    sleepstudy = c("Reaction ~ . + (1 | Subject)", "Reaction ~ . - Subject + (1 | Subject)", "log(Reaction) ~ . - Subject + (1 | Subject)",
      "Reaction ~ . - Subject + (. | Subject)"),
    machines = c("score ~ . - Worker + (1 | Worker)", "score ~ .^2 + (1 | Worker)"),
    cake = c("angle ~ . - replicate + (1 | replicate)", "angle ~ (. - replicate)^2 + (1 | replicate)", "angle ~ . - replicate - temp + (1 | replicate)"),
    airquality = c("ozone ~ . - month + (1 | month)", "ozone ~ wind + temp + (1 | month)")
  ),
  response = list(kinds = c(
    "log(y) ~ x + (1 | g)", "I(y^2) ~ x + (1 | g)", "sqrt(y) ~ x + (1 | g)", "scale(y) ~ x + (1 | g)", "I(n^2) ~ x + (1 | g)",
    "n ~ x + (1 | g)", "y - z ~ x + (1 | g)", "I(y - z) ~ x + (1 | g)", "y / 10 ~ x + (1 | g)", "y^2 ~ x + (1 | g)",
    "log(y) ~ log(p) + (1 | g)", "scale(y) ~ scale(x) + (1 | g)", "twice(y) ~ x + (1 | g)", "smoker ~ x + (1 | g)",
    "I(x > 3) ~ z + (1 | g)", "sector ~ x + (1 | g)", "colour ~ x + (1 | g)", "grade ~ x + (1 | g)", "cbind(y, z) ~ x + (1 | g)",
    "y + z ~ x + (1 | g)", "y ~ y + x + (1 | g)", "poly(y, 2) ~ x + (1 | g)", "five ~ x + (1 | g)", "1 ~ x + (1 | g)"
  )),
  missing = list(kinds = c(
    "y_gap ~ x + (1 | g)", "y ~ x_gap + (1 | g)", "y_gap ~ x_gap + (1 | g)", "y ~ x + (1 | g_gap)", "y ~ colour_gap + (1 | g)",
    "y ~ smoker_gap + (1 | g)", "y ~ x + (x_gap | g)", "y ~ log(x_gap) + (1 | g)", "y ~ I(x_gap^2) + (1 | g)",
    "y ~ scale(x_gap) + (1 | g)", "y_gap ~ scale(x) + (1 | g)", "scale(y_gap) ~ x_gap + (1 | g)", "y_gap ~ poly(x, 2) + (1 | g)",
    "y ~ poly(x_gap, 2) + (1 | g)", "y ~ poly(x_gap, 2, raw = TRUE) + (1 | g)", "y_gap ~ ns(x, 3) + (1 | g)",
    "y ~ ns(x_gap, 3) + (1 | g)", "y ~ bs(x_gap, df = 4) + (1 | g)", "y_gap ~ cut(x, 3) + (1 | g)", "y_gap ~ rare + (1 | g)",
    "y_gap ~ C(rare, contr.sum) + (1 | g)", "y_gap ~ I(x - mean(x)) + (1 | g)", "y ~ I(x_gap - mean(x_gap)) + (1 | g)",
    "y ~ I(x_gap - mean(x_gap, na.rm = TRUE)) + (1 | g)", "y ~ ifelse(is.na(x_gap), 0, x_gap) + (1 | g)", "y ~ is.na(x_gap) + (1 | g)",
    "y ~ factor(x_gap > 3) + (1 | g)", "y ~ x + offset(x_gap) + (1 | g)", "y ~ log(zero) + (1 | g)", "y ~ log1p(zero) + (1 | g)",
    "y ~ I(1 / zero) + (1 | g)", "y ~ log(negative) + (1 | g)", "y ~ sqrt(negative) + (1 | g)", "log(negative) ~ x + (1 | g)",
    "log(zero) ~ x + (1 | g)",
    # What R makes of a value that is missing, or of one of two.
    "y ~ I(colour_gap %in% c(\"red\", \"blue\")) + (1 | g)", "y ~ I(x_gap > 3 & x > 3) + (1 | g)",
    "y ~ I(smoker_gap & x > 3) + (1 | g)", "y ~ I(colour_gap == \"red\") + (1 | g)", "y ~ I(colour_gap != \"red\") + (1 | g)",
    "y ~ ifelse(x_gap > 3, \"above\", \"below\") + (1 | g)", "y ~ ifelse(x_gap > 3, x, z) + (1 | g)", "y ~ ifelse(smoker, x_gap, z) + (1 | g)",
    "y ~ pmin(x_gap, z) + (1 | g)", "y ~ pmin(x_gap, z, na.rm = TRUE) + (1 | g)", "y ~ pmax(z, x_gap, na.rm = TRUE) + (1 | g)",
    "y ~ interaction(a, colour_gap) + (1 | g)", "y ~ interaction(colour_gap, a) + (1 | g)", "y ~ as.numeric(colour_gap) + (1 | g)",
    "y ~ cut(x_gap, c(0, 2, 4, 6)) + (1 | g)", "y ~ as.logical(n) + (1 | g)",
    "y ~ x + (log(negative) | g)", "y ~ x + (log(zero) | g)", "y ~ I(negative^0.5) + (1 | g)"
  ), "kinds-infinite" = c(
    "y ~ x + (1 | g)", "y_inf ~ x + (1 | g)", "y ~ x_inf + (1 | g)", "y ~ x + (x_inf | g)", "y ~ exp(x_inf) + (1 | g)", "y ~ scale(x_inf) + (1 | g)",
    "y ~ I(x_inf > 3) + (1 | g)", "y ~ x + offset(x_inf) + (1 | g)", "log(y_inf) ~ x + (1 | g)", "y ~ I(1 / x_inf) + (1 | g)"
  )),
  random = list(kinds = c(
    "y ~ x + (x | g)", "y ~ x + (1 + x | g)", "y ~ x + (x + 1 | g)", "y ~ x + (0 + x | g)", "y ~ x + (x - 1 | g)", "y ~ x + (x || g)",
    "y ~ x + (1 + x || g)", "y ~ x + (0 + x || g)", "y ~ x + (1 || g)", "y ~ x + (1 | g) + (0 + x | g)", "y ~ x + (0 + x | g) + (1 | g)",
    "y ~ x + (1 | g) + (x | g)", "y ~ x + (1 | g) + (1 | g)", "y ~ a + (a | g)", "y ~ a + (0 + a | g)", "y ~ a + (a || g)", "y ~ colour + (colour | g)",
    "y ~ colour + (0 + colour | g)", "y ~ colour + (1 | g) + (0 + colour | g)", "y ~ smoker + (smoker | g)", "y ~ sector + (0 + sector | g)",
    "y ~ grade + (grade | g)", "y ~ C(a, contr.sum) + (C(a, contr.sum) | g)", "y ~ x + z + (x + z | g)", "y ~ x + z + (x + z || g)",
    "y ~ x * z + (x * z | g)", "y ~ x * z + (x * z || g)", "y ~ x * z + (x:z | g)", "y ~ x + a + (x:a | g)", "y ~ x + a + (0 + x:a | g)",
    "y ~ x + I(x^2) + (x + I(x^2) | g)", "y ~ x + I(x^2) + (x + I(x^2) || g)", "y ~ n + (n | g)", "y ~ n + (I(n^2) | g)",
    "y ~ poly(x, 2) + (poly(x, 2) | g)", "y ~ ns(x, 2) + (ns(x, 2) | g)", "y ~ log(x) + (log(x) | g)", "y ~ scale(x) + (scale(x) | g)",
    "y_gap ~ scale(x) + (scale(x) | g)", "y ~ x + (1 | factor(g))", "y ~ x + (1 | factor(gnum))", "y ~ x + (1 | as.factor(gnum))",
    "y ~ gnum + (1 | factor(gnum))", "y ~ gnum + x + (x | as.factor(gnum))", "y ~ x + (1 | gnum)", "y ~ x + (x | gnum)", "y ~ x + (twice(x) | g)", "y ~ x + (x.mid | g)", "y ~ 1 + (x | g)", "y ~ 0 + (x | g)", "y ~ x + (z | g)",
    "y ~ (x | g) + x", "y ~ (1 | g) + x * z", "y ~ x + ((1 | g))", "y ~ (x + (1 | g))", "y ~ x + (x + offset(z) | g)", "y ~ x + (x + five | g)",
    "y ~ x + (x | interaction(a, b))", "y ~ x + (1 | colour)", "y ~ x + (1 | smoker)", "y ~ x + (1 | grade)",
    "y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | h) + (1 | g)", "y ~ x + (1 | h) + (x | g)", "y ~ x + (1 | g / class)", "y ~ x + (1 | g:class)", "y ~ x + (1 | g) + (1 | g:class)",
    "y ~ x + (x | g / class)", "y ~ x + (1 | interaction(g, class))", "y ~ x + (x || g) + (1 | h)"
  ), orthodont = c("distance ~ age + (0 + Sex | Subject)", "distance ~ age * Sex + (age | Subject)"),
  machines = c("score ~ Machine + (Machine | Worker)", "score ~ Machine + (1 | Worker / Machine)", "score ~ Machine + (Machine || Worker)")),
  refused = list(kinds = c(
    "y ~ x", "~ x + (1 | g)", "y ~ ", "", "y", "y x + (1 | g)", "y ~ x + (1 | g", "y ~ x + (1 | g))", "y ~ x + (1 | )", "y ~ x + ( | g)",
    "y ~ x + | g", "y ~ x + (g)", "y ~ x ~ z + (1 | g)", "y ~ x + * z + (1 | g)", "y ~ x z + (1 | g)", "y ~ nothing + (1 | g)", "nothing ~ x + (1 | g)", "y ~ x + (1 | nothing)",
    "y ~ x + (nothing | g)", "y ~ nofunction(x) + (1 | g)", "y ~ x + (0 | g)", "y ~ x + (-1 | g)", "y ~ x + (1 | same)", "y ~ x + (1 | five)", "y ~ x + (1 | row)", "y ~ x + (1 | x)",
    "y ~ x + (1 | 1)", "y ~ x + (1 | g * h)", "y ~ x + (1 | g + h)", "y ~ x + (1 | h / g)", "y ~ x + (1 | g | h)", "y ~ x + 1 | g", "y ~ x | g", "y ~ x * (1 | g)", "y ~ x:(1 | g)",
    "y ~ x - (1 | g)", "y ~ (1 | g)^2 + x", "y ~ I(1 | g)", "y ~ x + (1 | g) + .", "y ~ x + (1 ||| g)", "y ~ x^z + (1 | g)", "y ~ x^0 + (1 | g)", "y ~ (x + z)^1.5 + (1 | g)", "y ~ x^-1 + (1 | g)",
    "y ~ C(b, contr.treatment(3, base = 0)) + (1 | g)", "y ~ C(b, contr.treatment(3, base = 4)) + (1 | g)",
    "y ~ poly(n, 11) + (1 | g)", "y ~ poly(colour, 2) + (1 | g)", "y ~ log(colour) + (1 | g)", "y ~ log(sector) + (1 | g)", "y ~ scale(colour) + (1 | g)", "y ~ sector^2 + (1 | g)",
    "y ~ I(sector^2) + (1 | g)", "y ~ colour * 2 + (1 | g)", "y ~ x * 2 + (1 | g)", "y ~ \"x\" + (1 | g)", "y ~ x + (1 | \"g\")", "y ~ mean(x) + (1 | g)", "y ~ head(x) + (1 | g)",
    "y ~ x + (poly(x, 12) | g)", "y ~ x, z + (1 | g)", "y = x + (1 | g)", "y ~ np.log(x) + (1 | g)", "y ~ reading score + (1 | g)"
  ))
)

reference <- function(case) {
  data <- read_any(data_sets[[case$data]])
  heard <- character()
  hear <- function(condition) {
    heard <<- c(heard, trimws(conditionMessage(condition)))
    tryInvokeRestart(if (inherits(condition, "warning")) "muffleWarning" else "muffleMessage")
  }
  listening <- function(expression) {
    heard <<- character()
    answer <- tryCatch(withCallingHandlers(expression, warning = hear, message = hear), error = identity)
    list(answer = answer, failed = inherits(answer, "error"), warnings = I(unique(heard)))
  }
  refused <- function(stage, heard) {
    c(case, list(accepted = FALSE, stage = stage, message = conditionMessage(heard$answer), warnings = heard$warnings))
  }
  # R's own words, and what it warns of, from lmer as everybody calls it.
  parsed <- listening(stats::as.formula(case$formula, env = caller))
  if (parsed$failed) return(refused("parser", parsed))
  framed <- listening(lFormula(parsed$answer, data))
  plain <- listening(lme4::lmer(parsed$answer, data))
  if (plain$failed) return(refused(if (framed$failed) "model frame" else "fit", plain))
  tight <- listening({
    # All columns first: lmer drops those that are linear combinations of others.
    design <- lFormula(parsed$answer, data, control = lmerControl(check.rankX = "ignore"))
    described(design, lme4::lmer(parsed$answer, data, control = lmerControl(
      optimizer = "tighter_optimizer", restart_edge = FALSE, boundary.tol = 0, calc.derivs = FALSE
    )))
  })
  warnings <- I(setdiff(plain$warnings, "boundary (singular) fit: see help('isSingular')"))
  # No optimum: y is constant, or is its own predictor.
  if (tight$failed || tight$answer$gradient > 1) return(c(case, list(accepted = TRUE, degenerate = TRUE, warnings = warnings)))
  c(case, list(accepted = TRUE, degenerate = FALSE), tight$answer, list(warnings = warnings))
}

# Along a ridge of the deviance (no sex has both its variances in a subject) Newton's method wanders, and stops short of
# the minimum across it; so the rest of the way goes across only.
tighter_optimizer <- function(fn, par, lower, upper, control) {
  answer <- tight_optimizer(fn, par, lower, upper, control)
  theta <- answer$par
  free <- !(theta == 0 & lower == 0)
  for (iteration in 1:10) {
    if (!any(free)) break
    d <- derivatives(fn, theta, free)
    if (max(abs(d$gradient)) < 1e-7) break
    theta[free] <- theta[free] - MASS::ginv(d$hessian, tol = 1e-4) %*% d$gradient
  }
  if (fn(theta) > answer$fval + 1e-9) theta <- answer$par
  fval <- fn(theta)
  list(par = theta, fval = fval, conv = 0, message = answer$message)
}

described <- function(design, fit) {
  X <- design$X
  columns <- as.character(colnames(X))
  dropped <- setdiff(columns, as.character(colnames(getME(fit, "X"))))
  bars <- findbars(lme4:::RHSForm(design$formula))
  # lme4 sorts the terms by their numbers of groups; here they stand as they were written.
  written <- mkReTrms(bars, design$fr, reorder.terms = FALSE)
  place <- if (any(diff(written$nl) > 0)) match(seq_along(bars), rev(order(written$nl))) else seq_along(bars)
  components <- VarCorr(fit)
  # Before any derivative: the deviance function and the fit share their matrices, and vcov takes them as they are left.
  se <- unname(sqrt(diag(as.matrix(vcov(fit)))))
  singular <- isSingular(fit)
  theta <- getME(fit, "theta")
  free <- !(theta == 0 & getME(fit, "lower") == 0)
  fn <- getME(fit, "devfun")
  at_optimum <- derivatives(fn, theta)
  curvature <- if (any(free)) eigen(at_optimum$hessian[free, free], symmetric = TRUE, only.values = TRUE)$values
  list(
    nobs = nobs(fit), rows_left_out = I(unname(as.vector(attr(design$fr, "na.action"))) - 1),
    y = summarised(as.matrix(model.response(design$fr))),
    offset = if (any(getME(fit, "offset") != 0)) summarised(as.matrix(getME(fit, "offset"))),
    X = c(list(columns = I(columns)), summarised(X)), dropped_columns = I(dropped),
    random = lapply(seq_along(bars), function(t) {
      c(random_term(bars[[t]], written, t), list(G = unname(matrix(components[[place[t]]], nrow(components[[place[t]]])))))
    }),
    fixef = I(unname(fixef(fit))), se = I(se), sigma2 = sigma(fit)^2,
    theta = I(unname(theta)), log_likelihood = as.numeric(logLik(fit)), parameters = attr(logLik(fit), "df"),
    singular = singular, gradient = max(abs(at_optimum$gradient)),
    # Directions in theta in which the deviance does not change at all: G is then not unique.
    flat_directions = sum(curvature < 1e-6 * max(curvature, 0))
  )
}

# Three numbers a column, over the rows used: its sum, its sum of squares, and its sum weighted by 1, 2, 3, ..., which
# notices an exchange of rows.
summarised <- function(X) {
  list(
    sum = I(unname(colSums(X))), squares = I(unname(colSums(X^2))), weighted = I(unname(colSums(X * seq_len(nrow(X)))))
  )
}

# The term's Z, before it is spread over the groups: a column a coefficient, a row an observation; and its sums by group.
random_term <- function(bar, written, t) {
  names <- written$cnms[[t]]
  group <- written$flist[[attr(written$flist, "assign")[t]]]
  Zt <- written$Ztlist[[t]]
  q <- length(names)
  Z <- vapply(seq_len(q), function(k) Matrix::colSums(Zt[seq(k, nrow(Zt), q), , drop = FALSE]), numeric(ncol(Zt)))
  list(
    term = deparse1(bar), group = deparse1(bar[[3]]), levels = I(levels(group)), columns = I(names),
    Z = summarised(Z), sums_by_group = unname(rowsum(Z, as.integer(group)))
  )
}

versions <- function() {
  c(R = paste(R.version$major, R.version$minor, sep = "."), vapply(c("lme4", "Matrix"), function(p) as.character(packageVersion(p)), ""))
}

main(commandArgs(trailingOnly = TRUE))
