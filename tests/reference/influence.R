# How much fits hang on single rows and on single groups, by lme4: influence.json. The fit without each group is lme4's
# own, converged as far as double precision goes (influence() itself stops where lme4's optimizer does by default); what
# is made of these fits are lme4's Cook's distances and dfbetas.
#
#     Rscript tests/reference/influence.R

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
repository <- dirname(dirname(here))
for (file in c("tight.R", "json.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

of <- function(name) sprintf("tests/reference/data/%s.csv", name)
model <- function(data, formula, group, REML = TRUE) list(data = data, formula = formula, group = group, REML = REML)

models <- list(
  "sleepstudy" = model(of("sleepstudy"), "Reaction ~ Days + (Days | Subject)", "Subject"),
  "sleepstudy-ml" = model(of("sleepstudy"), "Reaction ~ Days + (1 | Subject)", "Subject", REML = FALSE),
  "sleepstudy-uncorrelated" = model(of("sleepstudy"), "Reaction ~ Days + (Days || Subject)", "Subject"),
  "orthodont" = model(of("orthodont"), "distance ~ age * Sex + (age | Subject)", "Subject"),
  "dyestuff" = model(of("dyestuff"), "Yield ~ 1 + (1 | Batch)", "Batch"),
  "machines" = model(of("machines"), "score ~ Machine + (1 | Worker)", "Worker"),
  "ratpups" = model(of("ratpups"), "weight ~ sex + Treatment + Lsize + (1 | Litter)", "Litter"),
  "penicillin" = model(of("penicillin"), "diameter ~ 1 + (1 | plate) + (1 | sample)", "sample"),
  "pastes" = model(of("pastes"), "strength ~ 1 + (1 | sample) + (1 | batch)", "batch")
)

variances <- function(fit) {
  c(sigma(fit)^2, unlist(lapply(VarCorr(fit), function(V) V[lower.tri(V, diag = TRUE)]), use.names = FALSE))
}

reference <- function(m) {
  everything <- read.csv(file.path(repository, m$data), stringsAsFactors = FALSE)
  fitted_to <- function(data) suppressMessages(tight_lmer(m$formula, data, REML = m$REML))
  fit <- fitted_to(everything)
  groups <- sort(unique(everything[[m$group]]))
  others <- lapply(groups, function(group) fitted_to(everything[everything[[m$group]] != group, ]))
  vcovs <- setNames(lapply(others, function(other) as.matrix(vcov(other))), groups)
  # As lme4's influence() returns it.
  found <- structure(
    list(
      fixef(fit), do.call(rbind, lapply(others, fixef)), variances(fit), do.call(rbind, lapply(others, variances)),
      as.matrix(vcov(fit)), vcovs, m$group, groups, rep(TRUE, length(groups)), rep(0, length(groups))
    ),
    names = c(
      "fixed.effects", sprintf("fixed.effects[-%s]", m$group), "var.cov.comps", sprintf("var.cov.comps[-%s]", m$group),
      "vcov", sprintf("vcov[-%s]", m$group), "groups", "deleted", "converged", "function.evals"
    ),
    class = "influence.merMod"
  )
  list(
    data = m$data, formula = m$formula, group = m$group, reml = m$REML, groups = I(as.character(groups)),
    fixef = unname(found[[2]]), variances = unname(found[[4]]), cooks_distance = I(unname(cooks.distance(found))),
    # lme4's dfbetas() fails for one coefficient.
    dfbetas = unname(if (length(fixef(fit)) > 1) dfbetas(found) else dfbeta(found) / sqrt(unlist(vcovs))),
    rows = lapply(list(
      hat = hatvalues(fit), scaled = residuals(fit, type = "pearson", scaled = TRUE), studentized = rstudent(fit),
      cooks_distance = cooks.distance(fit)
    ), function(values) I(unname(values)[1:24]))
  )
}

write_json(lapply(models, reference), file.path(here, "influence.json"))
