# Reference results for models with several grouping factors: crossed.json, and the data that models.R has not, in data/.
#
#     Rscript tests/reference/crossed.R             # all models, some minutes
#     Rscript tests/reference/crossed.R pastes oats # only those named; the others stay as they are

script <- normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
here <- dirname(script)
for (file in c("tight.R", "json.R", "datasets.R")) source(file.path(here, file))
invisible(Sys.setlocale("LC_COLLATE", "C"))

model <- function(data, formula, REML = TRUE, kr = TRUE) list(data = data, formula = formula, REML = REML, kr = kr)

models <- list(
  # Crossed.
  "penicillin" = model("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
  "penicillin-ml" = model("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", REML = FALSE),
  "machines-cells" = model("machines", "score ~ Machine + (1 | Worker) + (1 | Worker:Machine)"),
  "machines-nested" = model("machines", "score ~ Machine + (1 | Worker/Machine)", REML = FALSE),
  "machines-slopes" = model("machines", "score ~ 1 + (1 | Machine) + (1 | Worker)"),
  "ergostool" = model("ergostool", "effort ~ 1 + (1 | Subject) + (1 | Type)"),
  "scottish" = model("scottish", "attain ~ verbal + sex + (1 | primary) + (1 | second)", kr = FALSE),
  "scottish-ml" = model("scottish", "attain ~ verbal * sex + (1 | primary) + (1 | second)", REML = FALSE),
  "scottish-slope" = model("scottish", "attain ~ verbal + sex + (verbal | second) + (1 | primary)", kr = FALSE),
  "scottish-two-slopes" = model(
    "scottish", "attain ~ verbal + (verbal | primary) + (0 + verbal | second) + (1 | second)", kr = FALSE
  ),
  "ratings" = model("ratings", "y ~ service + (1 | s) + (1 | d)"),
  "ratings-ml" = model("ratings", "y ~ service + (1 | s) + (1 | d)", REML = FALSE),
  "ratings-three" = model("ratings", "y ~ service + (1 | s) + (1 | d) + (1 | dept)"),
  "ratings-interaction" = model("ratings", "y ~ service + (1 | s) + (1 | d) + (1 | dept:service)"),
  "items" = model("items", "score ~ age * kind + (age | person) + (1 | item)"),
  "items-uncorrelated" = model("items", "score ~ age * kind + (age || person) + (1 | item)"),
  "items-slopes" = model("items", "score ~ age + kind + (1 | person) + (age | item)"),
  "items-slopes-ml" = model("items", "score ~ age + kind + (age | person) + (age | item)", REML = FALSE),
  "items-no-intercept" = model("items", "score ~ 0 + kind + age + (0 + kind | person) + (1 | item)", REML = FALSE),

  # Nested.
  "pastes" = model("pastes", "strength ~ 1 + (1 | batch) + (1 | sample)"),
  "pastes-ml" = model("pastes", "strength ~ 1 + (1 | batch) + (1 | sample)", REML = FALSE),
  "oats" = model("oats", "yield ~ nitro + (1 | Block/Variety)"),
  "oats-variety" = model("oats", "yield ~ nitro * Variety + (1 | Block/Variety)"),
  "alfalfa-plots" = model("alfalfa", "Yield ~ Variety * Date + (1 | Block/Variety)"),
  "pixel-sides" = model("pixel", "pixel ~ day + I(day^2) + (day | Dog) + (1 | Dog:Side)"),
  "wafer" = model("wafer", "current ~ voltage + I(voltage^2) + (voltage | Wafer) + (1 | Wafer:Site)"),
  "wafer-both" = model("wafer", "current ~ voltage + (voltage | Wafer) + (voltage | Wafer:Site)", REML = FALSE),
  "cake-nested" = model("cake", "angle ~ recipe * temp + (1 | replicate) + (1 | replicate:recipe)"),
  "growth" = model("growth", "math ~ year + (1 | school) + (year | child)"),
  "growth-covariate" = model("growth", "math ~ year * female + (year | school) + (year | child)"),
  "growth-ml" = model("growth", "math ~ year + (1 | school/child)", REML = FALSE),
  "classes" = model("classes", "score ~ x + z + (1 | district/school/class)"),
  "classes-ml" = model("classes", "score ~ x + z + (x | school) + (1 | school:class) + (1 | district)", REML = FALSE),

  # On the boundary.
  "nothing-between" = model("classes", "noise ~ x + (1 | school) + (1 | school:class)"),
  "one-of-two" = model("items", "flat ~ age + (1 | person) + (1 | item)"),
  "one-of-two-slopes" = model("items", "flat ~ age + (age | person) + (1 | item)")
)

further_datasets <- function() {
  set.seed(20030318)
  label <- function(prefix, x) paste0(prefix, as.character(x))
  ratings <- get("InstEval", envir = as.environment("package:lme4"))
  ratings <- ratings[as.integer(ratings$s) %% 40 == 1, c("s", "d", "dept", "service", "y")]
  ratings <- droplevels(ratings[ratings$d %in% names(which(table(ratings$d) > 1)), ])
  children <- mlmRev::egsingle
  some <- levels(children$schoolid)[seq(1, nlevels(children$schoolid), by = 5)]
  children <- children[children$schoolid %in% some, ]
  scottish <- mlmRev::ScotsSec
  items <- expand.grid(item = 1:18, person = 1:25)
  items <- items[sample(nrow(items), 360), ]
  items <- items[order(items$person, items$item), ]
  items$age <- round(runif(25, 6, 16), 1)[items$person] + round(rnorm(nrow(items), 0, 0.7), 1)
  items$kind <- c("word", "number", "picture")[1 + items$item %% 3]
  u <- matrix(rnorm(50), 25)
  v <- matrix(rnorm(36), 18)
  items$score <- 20 + 3 * u[items$person, 1] + 2 * v[items$item, 1] +
    (items$age - 11) * (1 + 0.4 * u[items$person, 2] + 0.3 * v[items$item, 2]) +
    (items$kind == "word") * 2 + rnorm(nrow(items), 0, 2)
  items$flat <- 3 * u[items$person, 1] + rnorm(nrow(items), 0, 2)
  items$flat <- items$flat - ave(items$flat, items$item) + mean(items$flat)
  classes <- expand.grid(pupil = 1:7, class = 1:3, school = 1:24)
  classes <- classes[sample(nrow(classes), 420), ]
  classes <- classes[order(classes$school, classes$class, classes$pupil), ]
  classes$district <- 1 + (classes$school - 1) %/% 4
  cell <- classes$school * 10 + classes$class
  effects <- function(codes, sd) rnorm(length(unique(codes)), 0, sd)[match(codes, unique(codes))]
  classes$x <- round(rnorm(nrow(classes), 40, 9))
  classes$z <- round(effects(classes$school, 1), 2)
  classes$score <- 100 + effects(classes$district, 6) + effects(classes$school, 4) + effects(cell, 3) +
    classes$x * (0.5 + effects(classes$school, 0.15)) + 2 * classes$z + rnorm(nrow(classes), 0, 5)
  classes$noise <- rnorm(nrow(classes))
  classes$noise <- classes$noise - ave(classes$noise, cell)
  list(
    ratings = transform(
      ratings, s = label("s", s), d = label("d", d), dept = label("dept", dept), service = label("service", service)
    ),
    scottish = data.frame(
      verbal = scottish$verbal, attain = scottish$attain, primary = label("p", scottish$primary), sex = scottish$sex,
      second = label("s", scottish$second)
    ),
    growth = data.frame(
      school = label("school", children$schoolid), child = label("child", children$childid), year = children$year,
      math = children$math, female = children$female
    ),
    oats = transform(
      as.data.frame(nlme::Oats), Block = label("block", Block), Variety = gsub(" ", "_", as.character(Variety))
    ),
    wafer = transform(as.data.frame(nlme::Wafer), Wafer = label("w", Wafer), Site = label("site", Site)),
    items = transform(items, person = label("person", person), item = label("item", item)),
    classes = transform(
      classes, class = label("c", class), school = label("s", school), district = label("d", district)
    )[c("district", "school", "class", "x", "z", "score", "noise")]
  )
}

write_further <- function(folder) {
  tables <- further_datasets()
  for (name in names(tables)) {
    table <- as.data.frame(lapply(tables[[name]], function(x) if (is.factor(x)) as.character(x) else x))
    connection <- file(file.path(folder, paste0(name, ".csv")), "wb")
    write.csv(table, connection, row.names = FALSE, quote = FALSE)
    close(connection)
  }
}

reference <- function(model) {
  data <- read_dataset(file.path(here, "data", paste0(model$data, ".csv")))
  # update() and pbkrtest look the data up by name, and so does the polishing optimizer.
  assign("data", data, envir = globalenv())
  fit <- suppressMessages(suppressWarnings(tight_lmer(model$formula, data, model$REML)))
  components <- as.data.frame(VarCorr(fit))
  satterthwaite <- coef(summary(fit, ddf = "Satterthwaite"))
  named <- function(x) setNames(as.list(unname(x)), names(fixef(fit)))
  kr <- model$REML && model$kr
  adjusted <- if (kr) pbkrtest::vcovAdj(fit)
  frame <- function(table) lapply(as.list(as.data.frame(table)), I)
  tests <- function(type, ddf) {
    table <- anova(fit, type = type, ddf = ddf)
    c(list(term = I(rownames(table))), lapply(as.list(as.data.frame(table)), I))
  }
  has_terms <- length(attr(terms(fit), "term.labels")) > 0
  random <- suppressMessages(suppressWarnings(as.data.frame(ranova(fit))))
  new <- data[unique(round(seq(1, nrow(data), length.out = 5))), ]
  list(
    formula = model$formula, data = paste0("tests/reference/data/", model$data, ".csv"), reml = model$REML,
    nobs = nobs(fit), ngroups = as.list(ngrps(fit)), singular = isSingular(fit, tol = 1e-5),
    gradient = largest_gradient(fit), theta = I(unname(getME(fit, "theta"))),
    fixef = named(fixef(fit)), se = named(sqrt(diag(as.matrix(vcov(fit))))), vcov = unname(as.matrix(vcov(fit))),
    var_corr = list(
      group = I(components$grp), var1 = I(components$var1), var2 = I(components$var2), vcov = I(components$vcov),
      sdcor = I(components$sdcor)
    ),
    log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit), bic = BIC(fit), parameters = attr(logLik(fit), "df"),
    satterthwaite = list(df = named(satterthwaite[, "df"]), t = named(satterthwaite[, "t value"])),
    kenward_roger = if (kr) list(
      se = named(sqrt(diag(as.matrix(adjusted)))),
      df = named(apply(diag(length(fixef(fit))), 1, function(row) pbkrtest::Lb_ddf(row, vcov(fit), adjusted)))
    ),
    anova = if (has_terms) list(
      I = tests("I", "Satterthwaite"), II = tests("II", "Satterthwaite"), III = tests("III", "Satterthwaite"),
      III_kenward_roger = if (kr) tests("III", "Kenward-Roger")
    ),
    ranova = c(list(term = I(rownames(random))), lapply(as.list(random), I)),
    random_effects = lapply(ranef(fit, condVar = FALSE), function(blups) {
      list(columns = I(names(blups)), groups = I(rownames(blups)), values = unname(as.matrix(blups)))
    }),
    predictions = list(
      rows = I(match(rownames(new), rownames(data)) - 1), with = I(unname(predict(fit, new))),
      without = I(unname(predict(fit, new, re.form = NA)))
    )
  )
}

main <- function(wanted) {
  write_further(file.path(here, "data"))
  path <- file.path(here, "crossed.json")
  known <- if (length(wanted) && file.exists(path)) jsonlite::fromJSON(path, simplifyVector = FALSE) else list()
  for (name in if (length(wanted)) wanted else names(models)) {
    seconds <- system.time(known[[name]] <- reference(models[[name]]))[["elapsed"]]
    cat(sprintf(
      "%-22s %5.1f s  gradient %.0e%s\n", name, seconds, known[[name]]$gradient, if (known[[name]]$singular) "  singular" else ""
    ))
  }
  write_json(known[intersect(names(models), names(known))], path)
}

main(commandArgs(trailingOnly = TRUE))
