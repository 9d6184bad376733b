# An invented data set with every kind of column that a formula can meet, data/kinds.csv, and the same with infinities,
# data/kinds-infinite.csv. CSV has no types: `kinds` says what each column is, here and in formulas.json.

# What read.csv cannot know. All other columns are numbers, text or TRUE and FALSE, as they look.
kinds <- list(
  colour = list(type = "factor", levels = c("red", "green", "blue", "violet")), # violet: no row has it
  colour_gap = list(type = "factor", levels = c("red", "green", "blue", "violet")),
  rare = list(type = "factor", levels = c("usual", "other", "only")), # "only": where y_gap is missing, and nowhere else
  grade = list(type = "ordered", levels = c("low", "middle", "high", "top")),
  a = list(type = "factor", levels = c("a1", "a2")),
  b = list(type = "factor", levels = c("b1", "b2", "b3")),
  c = list(type = "factor", levels = c("c1", "c2")),
  same = list(type = "factor", levels = I("same"))
)

write_invented <- function(folder) {
  table <- invented()
  write_table(table, file.path(folder, "kinds.csv"))
  table$y_inf <- replace(table$y, c(7, 50), c(Inf, -Inf))
  table$x_inf <- replace(table$x, c(3, 120), c(Inf, -Inf))
  write_table(table[c("g", "h", "y", "y_inf", "x", "x_inf", "z", "p")], file.path(folder, "kinds-infinite.csv"))
}

write_table <- function(table, path) {
  connection <- file(path, "wb")
  on.exit(close(connection))
  write.csv(table, connection, row.names = FALSE, quote = FALSE, na = "NA")
}

read_kinds <- function(path) {
  table <- read.csv(path, check.names = FALSE)
  for (name in intersect(names(kinds), names(table))) {
    kind <- kinds[[name]]
    table[[name]] <- factor(table[[name]], levels = kind$levels, ordered = kind$type == "ordered")
  }
  table
}

# 24 groups of six to eleven rows. Predictors have three decimals, y has four, so that the CSV holds all of them.
invented <- function() {
  RNGkind("Mersenne-Twister", "Inversion", "Rejection")
  set.seed(20240229)
  sizes <- sample(6:11, 24, replace = TRUE)
  n <- sum(sizes)
  group <- rep(1:24, sizes)
  any_of <- function(values) sample(values, n, replace = TRUE)
  gaps_at <- function(x, rows) replace(x, rows, NA)
  table <- data.frame(
    g = sprintf("g%02d", group),
    # The same groups as numbers, whose order is not that of their text.
    gnum = c(308, 5, 1000, 42, 7:26)[group],
    h = any_of(sprintf("h%d", 1:7)),
    class = any_of(c("one", "two", "three")), # the same names in every group: nested
    x = round(runif(n, 0.5, 6), 3),
    z = round(rnorm(n), 3),
    w = round(rnorm(n, 100, 15), 3),
    n = any_of(0:9),
    p = round(exp(rnorm(n, 1, 0.6)), 3),
    smoker = any_of(c(TRUE, FALSE)),
    sector = any_of(c("public", "Catholic", "other")),
    colour = any_of(c("red", "green", "blue")),
    grade = any_of(c("low", "middle", "high", "top")),
    a = any_of(c("a1", "a2")), b = any_of(c("b1", "b2", "b3")), c = any_of(c("c1", "c2")),
    x.mid = round(rnorm(n, 2), 3)
  )
  random <- matrix(rnorm(24 * 8), 24) %*% diag(c(6, 3, 4, 9, 1.6, 8, 7, 0.9))
  cell <- rnorm(24 * 3, sd = 6)
  effect <- function(column, values) values[match(column, names(values))]
  table$y <- round(with(table, {
    60 + random[group, 1] + cell[(group - 1) * 3 + match(class, c("one", "two", "three"))] +
      effect(h, setNames(rnorm(7, sd = 2), paste0("h", 1:7))) +
      (1.5 + random[group, 2]) * (x - 3) + (2 + random[group, 3]) * z + (0.5 + random[group, 8]) * x * z +
      random[group, 5] * (x - 3)^2 / 2 + 0.3 * n + 2 * log(p) + 0.05 * (w - 100) + 1.5 * smoker +
      (3 + random[group, 4]) * (colour == "green") + (-1 + random[group, 6]) * (colour == "blue") +
      effect(grade, c(low = 0, middle = 1, high = 2.5, top = 3)) + 2 * (a == "a2") + random[group, 7] * (a == "a2") +
      effect(b, c(b1 = 0, b2 = 1, b3 = -1)) + (a == "a2") * (b == "b3") + (c == "c2") + 2 * (sector == "public") +
      0.8 * x.mid + rnorm(n, sd = 1.5)
  }), 4)
  # Where values are missing, or cannot be transformed.
  table$y_gap <- gaps_at(table$y, c(4, 11, 29, 88, 150))
  table$x_gap <- gaps_at(table$x, c(2, 11, 64, 65, 133, 170))
  table$g_gap <- gaps_at(table$g, c(1, 30, 31, 99))
  table$colour_gap <- gaps_at(table$colour, c(5, 70, 111))
  table$smoker_gap <- gaps_at(table$smoker, c(9, 10, 140))
  table$rare <- replace(ifelse(table$z > 0, "usual", "other"), c(4, 88), "only")
  table$zero <- replace(table$p, 17, 0)
  table$negative <- replace(table$p, c(21, 90), c(-1.25, -0.5))
  # One value everywhere; another in every row.
  table$same <- "same"
  table$five <- 5
  table$row <- sprintf("row%03d", seq_len(n))
  # Names: with a space, beside columns called as their parts; as a function's; as the intercept's.
  table$`reading score` <- round(table$z * 5 + rnorm(n, 50, 5), 3)
  table$`the group` <- table$g
  table$score <- gaps_at(table$z, 40:60)
  table$log <- gaps_at(table$z, 61:80)
  table$Intercept <- round(rnorm(n), 3)
  table
}
