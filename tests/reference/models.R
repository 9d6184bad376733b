# Reference results for hlm.lmer, by lme4, lmerTest and pbkrtest: one JSON file per model in models/, and their data in
# data/.
#
#     Rscript tests/reference/models.R              # all models, some minutes
#     Rscript tests/reference/models.R hsb-sector   # only those named

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R", "datasets.R", "profile.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

main <- function(wanted) {
  write_datasets(file.path(here, "data"))
  dir.create(file.path(here, "models"), showWarnings = FALSE)
  for (name in if (length(wanted)) wanted else names(models)) {
    seconds <- system.time(result <- reference(name, models[[name]]))[["elapsed"]]
    write_json(result, file.path(here, "models", paste0(name, ".json")))
    cat(sprintf(
      "%-28s %5.1f s  gradient %.0e%s\n", name, seconds, result$gradient, if (result$singular) "  singular" else ""
    ))
  }
  if (!length(wanted)) write_json(comparisons(), file.path(here, "comparisons.json"))
}

model <- function(data, formula, REML = TRUE, contrasts = list(), profile = FALSE) {
  list(data = data, formula = formula, REML = REML, contrasts = contrasts, profile = profile)
}

hsb <- "data/hsb.csv"
of <- function(name) paste0("tests/reference/data/", name, ".csv")
contextual <- "math ~ ses * sector + ses * meanses + (ses | sch.id)"

models <- list(
  # The slides' models, and those they lead to.
  "hsb-null" = model(hsb, "math ~ 1 + (1 | sch.id)"),
  "hsb-null-ml" = model(hsb, "math ~ 1 + (1 | sch.id)", REML = FALSE),
  "hsb-sector" = model(
    hsb, "math ~ sector + (1 | sch.id)", profile = TRUE, contrasts = list("mean of Catholic schools" = c(1, 1))
  ),
  "hsb-sector-ml" = model(hsb, "math ~ sector + (1 | sch.id)", REML = FALSE),
  "hsb-ses" = model(hsb, "math ~ ses + (1 | sch.id)"),
  "hsb-ses-ml" = model(hsb, "math ~ ses + (1 | sch.id)", REML = FALSE),
  "hsb-ses-slope" = model(
    hsb, "math ~ ses + (ses | sch.id)", profile = TRUE, contrasts = list("mean at ses 1" = c(1, 1))
  ),
  "hsb-ses-slope-ml" = model(hsb, "math ~ ses + (ses | sch.id)", REML = FALSE),
  "hsb-contextual" = model(hsb, contextual, contrasts = list(
    "both cross-level interactions" = rbind(c(0, 0, 0, 0, 1, 0), c(0, 0, 0, 0, 0, 1)),
    "sector at ses 1" = c(0, 0, 1, 0, 1, 0)
  )),
  "hsb-contextual-ml" = model(hsb, contextual, REML = FALSE),

  # Fixed effects within schools: degrees of freedom in the thousands.
  "hsb-within" = model(hsb, "math ~ ses + minority + female + (1 | sch.id)"),
  "hsb-within-ml" = model(hsb, "math ~ ses + minority + female + (1 | sch.id)", REML = FALSE),
  # Other shapes of the random part, on the same data.
  "hsb-uncorrelated" = model(hsb, "math ~ ses + (ses || sch.id)"),
  "hsb-slope-only" = model(hsb, "math ~ ses + (0 + ses | sch.id)"),
  "hsb-three" = model(hsb, "math ~ ses + minority + (ses + minority | sch.id)"),
  "hsb-singular" = model(hsb, "math ~ ses * sector + ses * meanses + female + (ses + female | sch.id)"),

  # Balanced designs with one random coefficient.
  "dyestuff" = model(of("dyestuff"), "Yield ~ 1 + (1 | Batch)", profile = TRUE),
  "dyestuff-ml" = model(of("dyestuff"), "Yield ~ 1 + (1 | Batch)", REML = FALSE),
  "dyestuff2" = model(of("dyestuff2"), "Yield ~ 1 + (1 | Batch)"),
  "dyestuff2-ml" = model(of("dyestuff2"), "Yield ~ 1 + (1 | Batch)", REML = FALSE),
  "rail" = model(of("rail"), "travel ~ 1 + (1 | Rail)"),
  "pastes-batch" = model(of("pastes"), "strength ~ 1 + (1 | batch)"),
  "pastes-sample" = model(of("pastes"), "strength ~ 1 + (1 | sample)"),
  "penicillin-plate" = model(of("penicillin"), "diameter ~ 1 + (1 | plate)"),
  "penicillin-sample" = model(of("penicillin"), "diameter ~ 1 + (1 | sample)"),
  "ergostool" = model(of("ergostool"), "effort ~ Type + (1 | Subject)"),
  "ergostool-ml" = model(of("ergostool"), "effort ~ Type + (1 | Subject)", REML = FALSE),
  "cake" = model(of("cake"), "angle ~ recipe * temp + (1 | replicate)"),
  "alfalfa" = model(of("alfalfa"), "Yield ~ Variety * Date + (1 | Block)"),
  "machines" = model(of("machines"), "score ~ Machine + (1 | Worker)"),

  # Unbalanced, one random coefficient.
  "ratpups" = model(of("ratpups"), "weight ~ sex * Treatment + Lsize + (1 | Litter)"),
  "ratpups-ml" = model(of("ratpups"), "weight ~ sex * Treatment + Lsize + (1 | Litter)", REML = FALSE),
  "airquality" = model(of("airquality"), "ozone ~ wind + temp + solar + (1 | month)"), # rows with missing values
  "gasoline" = model(of("gasoline"), "yield ~ endpoint + vapor + (1 | Sample)"),

  # Two random coefficients.
  "sleepstudy" = model(of("sleepstudy"), "Reaction ~ Days + (Days | Subject)", profile = TRUE),
  "sleepstudy-ml" = model(of("sleepstudy"), "Reaction ~ Days + (Days | Subject)", REML = FALSE),
  "sleepstudy-uncorrelated" = model(of("sleepstudy"), "Reaction ~ Days + (Days || Subject)"),
  "sleepstudy-uncorrelated-ml" = model(of("sleepstudy"), "Reaction ~ Days + (Days || Subject)", REML = FALSE),
  "sleepstudy-slope-only" = model(of("sleepstudy"), "Reaction ~ Days + (0 + Days | Subject)"),
  "sleepstudy-unbalanced" = model(of("sleepstudy-unbalanced"), "Reaction ~ Days + (Days | Subject)"),
  "orthodont" = model(of("orthodont"), "distance ~ age * Sex + (age | Subject)"),
  "orthodont-ml" = model(of("orthodont"), "distance ~ age * Sex + (age | Subject)", REML = FALSE),
  "oxboys" = model(of("oxboys"), "height ~ age + (age | Subject)"),
  "bodyweight" = model(of("bodyweight"), "weight ~ Time * Diet + (Time | Rat)"),
  "pixel" = model(of("pixel"), "pixel ~ day + I(day^2) + (day | Dog)"),
  "gasoline-singular" = model(of("gasoline"), "yield ~ endpoint + (endpoint | Sample)"),
  "milk" = model(of("milk"), "protein ~ Diet * Time + (Time | Cow)"),
  "pupils" = model(of("pupils"), "language ~ iq + ses + (iq | school)"),
  "pupils-ml" = model(of("pupils"), "language ~ iq + ses + (iq | school)", REML = FALSE),
  "pupils-factor" = model(of("pupils"), "language ~ iq * sex + group_size + (0 + sex | school)"),
  "hsb-contextual-uncorrelated" = model(hsb, "math ~ ses * sector + ses * meanses + (ses || sch.id)"),
  "chicks-uncorrelated" = model(of("chicks"), "weight ~ time * diet + (time || chick)"),
  "gasoline-uncorrelated" = model(of("gasoline"), "yield ~ endpoint + (endpoint || Sample)"),
  "chicks" = model(of("chicks"), "weight ~ time * diet + (time | chick)"),

  # Three random coefficients, and four.
  "oxboys-quadratic" = model(of("oxboys"), "height ~ age + I(age^2) + (age + I(age^2) | Subject)"),
  "oxboys-quadratic-ml" = model(of("oxboys"), "height ~ age + I(age^2) + (age + I(age^2) | Subject)", REML = FALSE),
  "machines-by-worker" = model(of("machines"), "score ~ Machine + (Machine | Worker)"),
  "machines-by-worker-ml" = model(of("machines"), "score ~ Machine + (Machine | Worker)", REML = FALSE),
  "dialyzer" = model(of("dialyzer"), "rate ~ QB * (pressure + I(pressure^2)) + (pressure + I(pressure^2) | Subject)"),
  "dialyzer-uncorrelated" = model(
    of("dialyzer"), "rate ~ QB * (pressure + I(pressure^2)) + (pressure + I(pressure^2) || Subject)"
  ),
  "orthodont-quadratic" = model(of("orthodont"), "distance ~ age + I(age^2) + (age + I(age^2) | Subject)")
)

reference <- function(name, model) {
  data <- read_dataset(file.path(repository, model$data))
  fit <- quietly(tight_lmer(model$formula, data, model$REML))
  list(
    name = name, formula = model$formula, data = model$data, reml = model$REML,
    nobs = nobs(fit), ngroups = unname(ngrps(fit)), group = names(ngrps(fit)),
    singular = isSingular(fit), gradient = largest_gradient(fit), theta = I(unname(getME(fit, "theta"))),
    fixef = fixef(fit), se = sqrt(diag(as.matrix(vcov(fit)))), vcov = unname(as.matrix(vcov(fit))),
    random_names = I(unlist(fit@cnms, use.names = FALSE)), G = unname(g_matrix(fit)), sigma2 = sigma(fit)^2,
    log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit), bic = BIC(fit), parameters = attr(logLik(fit), "df"),
    satterthwaite = satterthwaite(fit), kenward_roger = if (model$REML) kenward_roger(fit),
    contrasts = lapply(with_joint_test(model$contrasts, length(fixef(fit))), contrast, fit = fit),
    predictions = predictions(fit, data),
    confint = if (model$profile) profile_intervals(fit, data),
    random_effects = random_effects(fit),
    versions = versions()
  )
}

quietly <- function(expression) suppressMessages(suppressWarnings(expression))

# The covariance matrix of all random coefficients; terms written with || are separate, so zero stands between them.
g_matrix <- function(fit) as.matrix(Matrix::bdiag(lapply(VarCorr(fit), function(term) term[, , drop = FALSE])))

satterthwaite <- function(fit) {
  table <- coef(summary(fit, ddf = "Satterthwaite"))
  list(df = table[, "df"], t = table[, "t value"], p = table[, "Pr(>|t|)"]) |> lapply(named, fit)
}

named <- function(x, fit) setNames(x, names(fixef(fit)))

kenward_roger <- function(fit) {
  adjusted <- pbkrtest::vcovAdj(fit)
  identity <- diag(length(fixef(fit)))
  se <- sqrt(diag(as.matrix(adjusted)))
  df <- apply(identity, 1, function(row) pbkrtest::Lb_ddf(row, vcov(fit), adjusted))
  t <- fixef(fit) / se
  c(
    list(vcov = unname(matrix(as.numeric(adjusted), nrow(identity)))),
    lapply(list(se = se, df = df, t = t, p = 2 * pt(abs(t), df, lower.tail = FALSE)), named, fit)
  )
}

with_joint_test <- function(contrasts, p) {
  if (p > 2) contrasts <- c(contrasts, list("all but the intercept" = diag(p)[-1, ]))
  setNames(contrasts, as.character(names(contrasts)))
}

contrast <- function(L, fit) {
  if (!is.matrix(L)) L <- matrix(L, 1)
  f_test <- function(ddf) {
    test <- contestMD(fit, L, ddf = ddf)
    list(F = test[["F value"]], numdf = test$NumDF, dendf = test$DenDF, p = test[["Pr(>F)"]])
  }
  t_test <- function(ddf) {
    test <- contest1D(fit, drop(L), ddf = ddf)
    list(estimate = test$Estimate, se = test[["Std. Error"]], df = test$df, t = test[["t value"]], p = test[["Pr(>|t|)"]])
  }
  is_reml <- isREML(fit)
  list(
    L = L,
    satterthwaite = f_test("Satterthwaite"),
    kenward_roger = if (is_reml) f_test("Kenward-Roger"),
    satterthwaite_t = if (nrow(L) == 1) t_test("Satterthwaite"),
    kenward_roger_t = if (nrow(L) == 1 && is_reml) t_test("Kenward-Roger")
  )
}

# For some rows of the data: with the group's random effects, without, and as a member of a group never seen.
predictions <- function(fit, data) {
  rows <- which(complete.cases(data))
  rows <- rows[unique(round(seq(1, length(rows), length.out = 6)))]
  new <- data[rows, ]
  stranger <- new
  stranger[[names(ngrps(fit))]] <- if (is.factor(new[[names(ngrps(fit))]])) "nobody" else -1
  list(
    rows = rows - 1, known_group = unname(predict(fit, new)), population = unname(predict(fit, new, re.form = NA)),
    new_group = unname(predict(fit, stranger, allow.new.levels = TRUE))
  )
}

random_effects <- function(fit) {
  blups <- ranef(fit, condVar = FALSE)[[1]]
  of_group <- function(label) I(unlist(blups[label, ], use.names = FALSE))
  list(columns = I(names(blups)), groups = sapply(rownames(blups), of_group, simplify = FALSE))
}

versions <- function() {
  packages <- c("lme4", "lmerTest", "pbkrtest", "nlme", "Matrix")
  c(R = paste(R.version$major, R.version$minor, sep = "."), vapply(packages, function(p) as.character(packageVersion(p)), ""))
}

# Likelihood-ratio tests: the smaller and the larger model of each pair, at their own optima.
comparisons <- function() {
  pairs <- list(
    c("hsb-null-ml", "hsb-sector-ml"), c("hsb-ses-ml", "hsb-ses-slope-ml"), c("hsb-ses", "hsb-ses-slope"),
    c("hsb-ses-slope-ml", "hsb-contextual-ml"), c("sleepstudy-uncorrelated-ml", "sleepstudy-ml"),
    c("sleepstudy-uncorrelated", "sleepstudy"), c("sleepstudy-slope-only", "sleepstudy-uncorrelated"),
    c("machines", "machines-by-worker")
  )
  lapply(pairs, function(pair) {
    fits <- lapply(models[pair], function(model) {
      quietly(tight_lmer(model$formula, read_dataset(file.path(repository, model$data)), model$REML))
    })
    test <- anova(fits[[1]], fits[[2]], refit = FALSE)
    list(
      smaller = pair[1], larger = pair[2], chisq = test$Chisq[2], df = test$Df[2], p = test[["Pr(>Chisq)"]][2],
      log_likelihoods = as.numeric(test$logLik)
    )
  })
}

main(commandArgs(trailingOnly = TRUE))
