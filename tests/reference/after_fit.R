# What lmerTest, lme4 and pbkrtest say after a fit: tables of type I, II and III, tests of random terms, least-squares
# means, standard errors of random effects, tables of variances, comparisons, profile intervals of fixed effects.
#
#     Rscript tests/reference/after_fit.R              # after_fit.json, some minutes
#     Rscript tests/reference/after_fit.R ratpups      # prints the models whose names hold "ratpups"

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R", "datasets.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

main <- function(wanted) {
  chosen <- if (length(wanted)) models[grepl(wanted, names(models))] else models
  results <- lapply(chosen, function(model) {
    cat(model$formula, "\n", file = stderr())
    reference(model)
  })
  if (length(wanted)) return(cat(to_json(results), "\n"))
  write_json(
    list(models = results, comparisons = lapply(comparisons, compared), versions = versions()),
    file.path(here, "after_fit.json")
  )
}

# formula: as hlm has it. contrasts: by factor, the names of R's functions; where there are some, `in_r` is the formula
# without C(). factors: columns of numbers that are to be factors; ordered: those of them with an order. rows: a
# condition in R and `where`, the same for pandas. profile: intervals of the fixed effects too.
model <- function(data, formula, REML = TRUE, in_r = formula, contrasts = list(), factors = NULL, ordered = NULL,
                  rows = NULL, where = NULL, profile = FALSE) {
  as.list(environment())
}

hsb <- "data/hsb.csv"
of <- function(name) paste0("tests/reference/data/", name, ".csv")
sexes <- list(sex = "contr.sum", Treatment = "contr.sum")
mixed <- list(sex = "contr.helmert", Treatment = "contr.treatment")

models <- list(
  "sleepstudy" = model(of("sleepstudy"), "Reaction ~ Days + (Days | Subject)", profile = TRUE),
  "sleepstudy-uncorrelated" = model(of("sleepstudy"), "Reaction ~ Days + (Days || Subject)"),
  "sleepstudy-slope-only" = model(of("sleepstudy"), "Reaction ~ Days + (0 + Days | Subject)"),
  "oxboys-quadratic" = model(of("oxboys"), "height ~ age + I(age^2) + (age + I(age^2) | Subject)"),
  "ergostool" = model(of("ergostool"), "effort ~ Type + (1 | Subject)", profile = TRUE),
  "machines" = model(of("machines"), "score ~ Machine + (Machine | Worker)"),
  "machines-ml" = model(of("machines"), "score ~ Machine + (0 + Machine | Worker)", REML = FALSE),
  "cake" = model(of("cake"), "angle ~ recipe * temp + (1 | replicate)", factors = "temp"),
  "cake-ordered" = model(
    of("cake"), "angle ~ recipe * temp + (1 | replicate)", factors = "temp", ordered = "temp"
  ),
  "alfalfa" = model(of("alfalfa"), "Yield ~ Variety * Date + (1 | Block)"),
  "ratpups" = model(of("ratpups"), "weight ~ sex * Treatment + Lsize + (1 | Litter)", profile = TRUE),
  "ratpups-ml" = model(of("ratpups"), "weight ~ sex * Treatment + Lsize + (1 | Litter)", REML = FALSE),
  "ratpups-sum" = model(
    of("ratpups"), "weight ~ C(sex, sum) * C(Treatment, sum) + Lsize + (1 | Litter)",
    in_r = "weight ~ sex * Treatment + Lsize + (1 | Litter)", contrasts = sexes
  ),
  "ratpups-helmert" = model(
    of("ratpups"), "weight ~ Treatment * C(sex, contr.helmert) * Lsize + (1 | Litter)",
    in_r = "weight ~ Treatment * sex * Lsize + (1 | Litter)", contrasts = mixed
  ),
  "ratpups-no-intercept" = model(of("ratpups"), "weight ~ 0 + sex * Treatment + Lsize + (1 | Litter)"),
  "ratpups-means" = model(of("ratpups"), "weight ~ 0 + sex:Treatment + (1 | Litter)"),
  "ratpups-empty-cell" = model(
    of("ratpups"), "weight ~ sex + Treatment + Lsize + (sex | Litter)",
    rows = quote(!(sex == "Male" & Treatment == "High")), where = "not (sex == 'Male' and Treatment == 'High')"
  ),
  "ratpups-empty-cell-crossed" = model(
    of("ratpups"), "weight ~ sex * Treatment + Lsize + (1 | Litter)",
    rows = quote(!(sex == "Male" & Treatment == "High")), where = "not (sex == 'Male' and Treatment == 'High')"
  ),
  "orthodont" = model(of("orthodont"), "distance ~ age * Sex + (age | Subject)", profile = TRUE),
  "orthodont-no-intercept" = model(of("orthodont"), "distance ~ 0 + Sex + Sex:age + (age | Subject)"),
  "orthodont-slopes" = model(of("orthodont"), "distance ~ age + Sex:age + (1 | Subject)"),
  "bodyweight" = model(of("bodyweight"), "weight ~ Time * Diet + (Time | Rat)"),
  "dialyzer" = model(of("dialyzer"), "rate ~ QB * (pressure + I(pressure^2)) + (pressure | Subject)"),
  "dialyzer-poly" = model(of("dialyzer"), "rate ~ QB * poly(pressure, 2) + (1 | Subject)"),
  "chicks" = model(of("chicks"), "weight ~ time * diet + (time || chick)"),
  "milk" = model(of("milk"), "protein ~ Diet * Time + (Time | Cow)"),
  "airquality" = model(of("airquality"), "ozone ~ wind + temp + solar + (1 | month)"),
  "pupils" = model(of("pupils"), "language ~ iq * sex + ses + group_size + (iq | school)"),
  "hsb-factors" = model(
    hsb, "math ~ sector * female * minority + ses + (1 | sch.id)", factors = c("sector", "female", "minority")
  ),
  "hsb-two-slopes" = model(hsb, "math ~ ses * sector + (ses + minority | sch.id)", factors = "sector"),

  # Several grouping factors; their data are made by crossed.R.
  "penicillin" = model(of("penicillin"), "diameter ~ 1 + (1 | plate) + (1 | sample)", profile = TRUE),
  "machines-cells" = model(of("machines"), "score ~ Machine + (1 | Worker) + (1 | Worker:Machine)"),
  "machines-cells-ml" = model(of("machines"), "score ~ Machine + (1 | Worker/Machine)", REML = FALSE),
  "oats" = model(of("oats"), "yield ~ nitro * Variety + (1 | Block/Variety)", profile = TRUE),
  "alfalfa-plots" = model(of("alfalfa"), "Yield ~ Variety * Date + (1 | Block/Variety)"),
  "cake-nested" = model(
    of("cake"), "angle ~ recipe * temp + (1 | replicate) + (1 | replicate:recipe)", factors = "temp"
  ),
  "items" = model(of("items"), "score ~ age * kind + (age | person) + (1 | item)"),
  "items-slopes" = model(of("items"), "score ~ age + kind + (1 | person) + (age || item)"),
  "ratings-interaction" = model(of("ratings"), "y ~ service + (1 | s) + (1 | d) + (1 | dept:service)", REML = FALSE)
)

reference <- function(model) {
  data <- read_model_data(model)
  fit <- quietly(tight_lmer(model$in_r, data, model$REML))
  list(
    formula = model$formula, data = model$data, reml = model$REML, factors = I(as.character(model$factors)),
    ordered = I(as.character(model$ordered)), where = model$where, nobs = nobs(fit), columns = I(names(fixef(fit))),
    gradient = largest_gradient(fit), anova = anovas(fit), ranova = of_rows(quietly(ranova_in(fit, data))),
    ls_means = least_squares_means(fit), var_corr = of_rows(as.data.frame(VarCorr(fit))),
    random_effects = spread(fit), effect_intervals = if (model$profile) effect_intervals(model, data)
  )
}

read_model_data <- function(model) {
  data <- read_dataset(file.path(repository, model$data))
  if (!is.null(model$rows)) data <- droplevels(data[eval(model$rows, data), ])
  for (name in model$factors) data[[name]] <- factor(data[[name]], ordered = name %in% model$ordered)
  for (name in names(model$contrasts)) contrasts(data[[name]]) <- model$contrasts[[name]]
  data
}

quietly <- function(expression) suppressMessages(suppressWarnings(expression))

# By the row's name, what stands in its columns.
of_rows <- function(table) {
  table <- as.data.frame(table)
  columns <- lapply(table, function(column) if (is.factor(column)) as.character(column) else column)
  lapply(setNames(seq_len(nrow(table)), make.unique(rownames(table))), function(row) lapply(columns, `[[`, row))
}

methods <- function(fit) c("Satterthwaite", if (isREML(fit)) "Kenward-Roger")

anovas <- function(fit) {
  of_type <- function(type) {
    sapply(methods(fit), function(ddf) of_rows(quietly(anova(fit, type = type, ddf = ddf))), simplify = FALSE)
  }
  c(sapply(c("I", "II", "III"), of_type, simplify = FALSE), list("III, not rounded" = not_rounded(fit)))
}

# lmerTest rounds the hypotheses of type III to seven digits (1/3 is 0.3333333); here it does not.
not_rounded <- function(fit) {
  unrounded <- new.env(parent = asNamespace("lmerTest"))
  unrounded$zapsmall <- function(x, ...) x
  for (name in c("extract_contrasts_type3", "get_contrasts_type3")) {
    unrounded[[name]] <- get(name, asNamespace("lmerTest"))
    environment(unrounded[[name]]) <- unrounded
  }
  tests <- quietly(unrounded$get_contrasts_type3(fit))
  sapply(methods(fit), function(ddf) {
    of_rows(do.call(rbind, lapply(tests, function(L) quietly(contestMD(fit, L, ddf = ddf)))))
  }, simplify = FALSE)
}

# ranova() fits a model without random terms by lm(), whose call names `data`.
ranova_in <- function(fit, data) ranova(fit)

# By term, the means and their differences; lmerTest fails where a function of a covariate stands in the formula.
least_squares_means <- function(fit) {
  of_ddf <- function(ddf, pairwise) {
    tryCatch(
      {
        table <- as.data.frame(quietly(ls_means(fit, ddf = ddf, pairwise = pairwise)))
        if (!nrow(table)) return(NULL)
        table$holm <- ave(table[["Pr(>|t|)"]], table$term, FUN = function(p) p.adjust(p, "holm"))
        table$bonferroni <- ave(table[["Pr(>|t|)"]], table$term, FUN = function(p) p.adjust(p, "bonferroni"))
        of_rows(table)
      },
      error = function(e) NULL
    )
  }
  sapply(methods(fit), function(ddf) {
    list(means = of_ddf(ddf, FALSE), differences = of_ddf(ddf, TRUE))
  }, simplify = FALSE)
}

# Standard errors of the random effects: of some groups.
spread <- function(fit) {
  table <- as.data.frame(ranef(fit, condVar = TRUE))
  groups <- levels(table$grp)[unique(round(seq(1, nlevels(table$grp), length.out = 12)))]
  of_rows(table[table$grp %in% groups, c("grpvar", "term", "grp", "condval", "condsd")])
}

# The values of a coefficient at which the deviance (ML), minimised over all else, is higher than at its minimum by the
# 95 per cent point of chi-square with one degree of freedom: its column times the value is taken off the response.
effect_intervals <- function(model, data) {
  default <- quietly(lme4::lmer(as.formula(model$in_r), data, REML = FALSE))
  parsed <- lFormula(as.formula(model$in_r), data, REML = FALSE)
  best <- quietly(tight_lmer(model$in_r, data, REML = FALSE))
  limit <- -2 * as.numeric(logLik(best)) + qchisq(0.95, 1)
  se <- sqrt(diag(as.matrix(vcov(best))))
  X <- parsed$X
  deviance_at <- function(j, value) {
    held <- parsed
    held$X <- X[, -j, drop = FALSE]
    held$fr[[1]] <- parsed$fr[[1]] - value * X[, j]
    fn <- do.call(mkLmerDevfun, held)
    theta <- tight_optimizer(fn, getME(best, "theta"), environment(fn)$lower, rep(Inf, length(getME(best, "theta"))), NULL)
    theta$fval
  }
  end <- function(j, side) {
    excess <- function(value) deviance_at(j, value) - limit
    inside <- fixef(best)[[j]]
    outside <- inside + side * 2.2 * se[[j]]
    while (excess(outside) < 0) outside <- outside + side * se[[j]]
    uniroot(excess, sort(c(inside, outside)), tol = 1e-9 * se[[j]])$root
  }
  exact <- t(vapply(seq_len(ncol(X)), function(j) c(end(j, -1), end(j, 1)), c(0, 0)))
  rownames(exact) <- colnames(X)
  lme4s <- quietly(confint(default, method = "profile", parm = "beta_", oldNames = FALSE))
  rows <- function(x) setNames(lapply(seq_len(nrow(x)), function(i) unname(x[i, ])), rownames(x))
  list(exact = rows(exact), lme4 = rows(lme4s))
}

# anova() of several fits, in the order of their parameters; those without a random term are lm()'s.
comparison <- function(data, formulas, REML) list(data = data, formulas = formulas, REML = REML)

comparisons <- list(
  "ratpups" = comparison(of("ratpups"), c(
    "weight ~ sex + Treatment + Lsize", "weight ~ sex + Treatment + Lsize + (1 | Litter)",
    "weight ~ sex * Treatment + Lsize + (1 | Litter)", "weight ~ sex * Treatment + Lsize + (sex | Litter)"
  ), TRUE),
  "orthodont" = comparison(of("orthodont"), c(
    "distance ~ age", "distance ~ age + Sex", "distance ~ age + Sex + (1 | Subject)",
    "distance ~ age * Sex + (1 | Subject)", "distance ~ age * Sex + (age | Subject)"
  ), FALSE),
  "hsb" = comparison(hsb, c(
    "math ~ 1 + (1 | sch.id)", "math ~ ses + (1 | sch.id)", "math ~ ses + sector + (ses | sch.id)"
  ), TRUE)
)

compared <- function(comparison) {
  data <- read_dataset(file.path(repository, comparison$data))
  fits <- lapply(comparison$formulas, function(formula) {
    if (!grepl("|", formula, fixed = TRUE)) return(eval(bquote(lm(.(as.formula(formula)), data))))
    # The fits are compared by maximum likelihood; anova() would refit them less tightly.
    quietly(tight_lmer(formula, data, FALSE))
  })
  mixed_first <- order(vapply(fits, inherits, NA, "lm"))
  table <- quietly(do.call(anova, fits[mixed_first]))
  table <- table[order(table$npar), ]
  list(
    data = comparison$data, formulas = I(comparison$formulas), reml = comparison$REML,
    rows = unname(of_rows(table))
  )
}

versions <- function() {
  packages <- c("lme4", "lmerTest", "pbkrtest", "Matrix")
  c(R = paste(R.version$major, R.version$minor, sep = "."), vapply(packages, function(p) as.character(packageVersion(p)), ""))
}

main(commandArgs(trailingOnly = TRUE))
