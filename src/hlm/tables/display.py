"""How a table shows itself: in print as text, in a notebook as HTML, in the book as Markdown."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from .numbers import MINUS

# That stands for a minus: before a number, and not between two or in a name.
HYPHEN = re.compile(r"(?<![\w).-])-(?=[\d.])")


class Shown:
    """What a table object needs to be seen: give it `text` and `html`, and it shows in print, notebook, book.

    The book takes Markdown: the HTML in a raw block, which the book's renderer turns into a real table in the
    HTML page and in the PDF alike. A notebook's Markdown does not know raw blocks, so notebooks get the HTML
    itself. No output carries `text/html` into a book: Quarto would add scripts from another host to the page.
    """

    @property
    def text(self) -> str:
        """The table as plain text."""
        raise NotImplementedError

    @property
    def html(self) -> str:
        """The table as HTML."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str | None:
        return None if in_notebook() else raw_block(self.html)

    @property
    def _repr_html_(self) -> str:
        raise AttributeError("shown as Markdown: _repr_markdown_")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if not in_notebook():
            return {}
        return {"text/html": HYPHEN.sub(MINUS, self.html), "text/plain": self.text}


def raw_block(html: str) -> str:
    """HTML for Pandoc's Markdown, passed through as it stands, but that its numbers have a true minus sign."""
    return f"```{{=html}}\n{HYPHEN.sub(MINUS, html)}\n```\n"


def in_notebook() -> bool:
    """Whether what is shown goes into a notebook: JupyterLab, VS Code, Colab, or nbconvert, which runs one.

    All of them take HTML. The book's own kernels do not, by their IPython settings, and neither does a terminal; a
    kernel that Quarto has started takes it, and is none.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or "text/html" not in shell.display_formatter.active_types:
        return False
    return "__vsc_ipynb_file__" in shell.user_ns or not any(name.startswith("QUARTO_") for name in os.environ)
