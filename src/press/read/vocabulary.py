"""The words of Quarto that press knows: settings, options, classes, labels. It refuses others that mean something."""

from __future__ import annotations

import re

# What a reader may get: names of Pandoc's raw formats and values of when-format.
FORMATS = ("html", "typst")

# Every setting that press follows, or that only concerns Quarto's own look. Another one is refused: it would be lost.
SETTINGS = re.compile(
    r"(project(\.(type|output-dir|execute-dir|resources))?|lang|bibliography|csl|fig-(width|height)|jupyter|engine"
    r"|filters(\.\d+\.(at|path))?"
    r"|book(\.(title|subtitle|author|date|description|output-file|downloads|chapters|appendices|site-url|repo-url))?"
    r"|format(\.(html|typst))?|format\.(html|typst)\.(toc|toc-depth|number-sections|fig-format|citeproc)"
    r"|format\.html\.(theme(\.(light|dark))?|respect-user-color-scheme|css|html-math-method|highlight-style|code-copy)"
    r"|format\.typst\.papersize|execute|execute\..*|book\.(author|chapters|appendices)\.\d+\..*|.*\.\d+)"
)
EXECUTE_OPTIONS = ("echo", "include", "eval", "output", "warning", "freeze", "cache", "error", "enabled")
# Where a filter may run: before Quarto gives numbers. press has the same tree at both.
FILTERS_AT = ("pre-ast", "post-ast")
FRONT_MATTER = ("author", "date", "description", "keywords", "lang")
CELL_OPTIONS = {
    "label": str,
    "echo": bool,
    "include": bool,
    "eval": bool,
    "output": (bool, str),
    "warning": bool,
    "code-fold": (bool, str),
    "code-summary": str,
    "fig-cap": str,
    "fig-alt": str,
    "tbl-cap": str,
}

# Kinds of callout and kinds of label, each with the word that a reader sees.
CALLOUTS = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important", "caution": "Caution"}
LABELS = {"sec": "Section", "fig": "Figure", "tbl": "Table", "eq": "Equation", "exr": "Exercise"}
LABEL = re.compile(rf"^({'|'.join(LABELS)})-")
CLASSES = {"panel-tabset", "content-visible", "content-hidden", *(f"callout-{kind}" for kind in CALLOUTS)}

# Names to which Quarto gives a meaning that press does not; any other class or attribute is just a name.
QUARTO_CLASSES = re.compile(
    r"^(aside|callout|card|column-|content-|fig-|fragment|g-col|grid|hidden|(non)?incremental|landscape|layout|lightbox"
    r"|margin|notes|panel-|proof|quarto-|remark|sidebar|solution|tbl-|theorem|value-?box)"
)
QUARTO_ATTRIBUTES = re.compile(
    r"^(code-(?!fold$|summary$)|fig-(?!alt$)|filename|group|height|layout|lightbox|lst-|tbl-"
    r"|when-(?!format$)|unless-(?!format$))"
)
QUARTO_LABELS = re.compile(r"^(thm|lem|cor|prp|cnj|def|exm|alg|rem|sol|lst|nte|tip|wrn|imp|cau)-")
