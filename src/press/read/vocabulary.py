"""The names of Quarto that press knows: formats, callouts, labels, classes. `table` has the settings."""

from __future__ import annotations

import re

# What a reader may get: names of Pandoc's raw formats and values of when-format.
FORMATS = ("html", "typst")
# The chapters as notebooks: made of the same text, for readers to go on from.
NOTEBOOK = "ipynb"
# Where a filter may run: on Pandoc's own tree. Later, callouts, figures and tabs are objects that only Quarto has.
FILTERS_AT = "pre-ast"
# Others that an author may write for; press makes none of them.
OTHER_FORMATS = (
    "html:js",
    "pdf",
    "latex",
    "beamer",
    "epub",
    "docx",
    "odt",
    "revealjs",
    "gfm",
    "markdown",
    "asciidoc",
    "pptx",
    NOTEBOOK,
)

# Kinds of callout, each with the kind of label that numbers it, and kinds of label. `words` has what a reader sees.
CALLOUTS = {"note": "nte", "tip": "tip", "warning": "wrn", "important": "imp", "caution": "cau"}
LABELS = ("sec", "fig", "tbl", "eq", "exr", *CALLOUTS.values())
LABEL = re.compile(rf"^({'|'.join(LABELS)})-")

# Names to which Quarto gives a meaning that press does not; any other class or attribute is just a name.
QUARTO_CLASSES = re.compile(
    r"^(aside|callout|card|column-|content-|fig-|fragment|g-col|grid|hidden|(non)?incremental|landscape|layout|lightbox"
    r"|margin|notes|panel-|proof|quarto-|remark|sidebar|solution|tbl-|theorem|value-?box)"
)
QUARTO_ATTRIBUTES = re.compile(r"^(code-|fig-|filename|layout|lightbox|lst-|tbl-|when-|unless-)")
QUARTO_LABELS = re.compile(r"^(thm|lem|cor|prp|cnj|def|exm|alg|rem|sol|lst)-")
