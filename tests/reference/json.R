# JSON with every digit of a double (jsonlite stops at 15). Named lists and vectors become objects; unnamed vectors,
# arrays; matrices, arrays of rows; one number or text, itself. Wrap in I() what has to stay an array whatever its
# length.

write_json <- function(x, path) {
  connection <- file(path, "wb")
  on.exit(close(connection))
  writeLines(enc2utf8(to_json(x)), connection, useBytes = TRUE)
}

to_json <- function(x, indent = "") {
  deeper <- paste0(indent, " ")
  if (is.null(x)) return("null")
  if (is.matrix(x)) {
    rows <- vapply(seq_len(nrow(x)), function(i) to_json(I(unname(x[i, ])), deeper), "")
    return(paste0("[", paste0("\n", deeper, rows, collapse = ","), "\n", indent, "]"))
  }
  values <- if (is.list(x)) vapply(x, to_json, "", indent = deeper) else scalars(x)
  if (!is.null(names(x))) {
    pairs <- paste0("\n", deeper, quoted(names(x)), ": ", values, collapse = ",")
    return(if (length(x)) paste0("{", pairs, "\n", indent, "}") else "{}")
  }
  if (is.list(x)) return(paste0("[", paste0("\n", deeper, values, collapse = ","), "\n", indent, "]"))
  if (length(x) == 1 && !inherits(x, "AsIs")) return(values)
  paste0("[", paste(values, collapse = ", "), "]")
}

scalars <- function(x) {
  text <- if (is.character(x) || is.factor(x)) {
    quoted(as.character(x))
  } else if (is.logical(x)) {
    tolower(as.character(x))
  } else {
    digits(x)
  }
  ifelse(is.na(x), "null", text)
}

# The shortest text that reads back as the same double.
digits <- function(x) {
  x <- as.numeric(x)
  stopifnot(is.finite(x) | is.na(x))
  text <- sprintf("%.15g", x)
  known <- which(!is.na(x))
  longer <- known[as.numeric(text[known]) != x[known]]
  text[longer] <- sprintf("%.17g", x[longer])
  text
}

quoted <- function(text) {
  text <- gsub('(["\\\\])', "\\\\\\1", text)
  paste0('"', gsub("\t", "\\\\t", gsub("\n", "\\\\n", text)), '"')
}
