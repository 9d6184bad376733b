"""What a site has besides its pages: search, the chapters as notebooks, a site map, a page for what is not there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse

from ..problems import BookError
from ..read.project import Project
from ..read.source import Cell, Source
from ..resolve.document import with_values
from ..run.execute import setup_code


def notebook_href(source: Source) -> str:
    """Where the chapter's notebook is in the site; empty for a chapter that runs no code."""
    runs = any(isinstance(piece, Cell) for piece in source.pieces)
    return str(PurePosixPath(source.path).with_suffix(".ipynb")) if runs else ""


def write_notebooks(project: Project, sources: list[Source], results: dict[str, list], out: Path) -> None:
    """Every chapter with code as an executed Jupyter notebook."""
    for source in sources:
        if notebook_href(source):
            text = json.dumps(_notebook(project, source, results[source.path]), indent=1, ensure_ascii=False)
            (out / notebook_href(source)).write_text(text + "\n", "utf-8")


def _notebook(project: Project, source: Source, results: list) -> dict:
    cells = [{"cell_type": "code", "source": setup_code(project), "outputs": [], "execution_count": None}]
    for piece, result in zip(source.pieces, results, strict=True):
        if isinstance(piece, Cell):
            cells.append({"cell_type": "code", "source": piece.code, "outputs": result, "execution_count": None})
        else:
            cells.append({"cell_type": "markdown", "source": with_values(piece, result).strip()})
    cells = [{"id": f"cell-{i}", "metadata": {}, **cell} for i, cell in enumerate(cells[1:], 1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "title": f"{project.title}: {source.path}"}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write_sitemap(project: Project, hrefs: list[str], out: Path) -> None:
    """For search engines; only if the book knows its address (`book.site-url`)."""
    if project.site_url:
        urls = "".join(f"<url><loc>{escape(f'{project.site_url}/{href}')}</loc></url>\n" for href in hrefs)
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n{urls}</urlset>\n'
        (out / "sitemap.xml").write_text(text, "utf-8")


def write_not_found(project: Project, render: Callable[..., str], out: Path) -> None:
    """404.html: a server shows it at any depth, so its links start from the root of the site."""
    root = urlparse(project.site_url).path.rstrip("/") + "/"
    start = f'<a href="{root}index.html">start from the beginning</a>'
    body = f"<h1>There is no such page</h1>\n<p>Try the contents, or {start}.</p>"
    (out / "404.html").write_text(render(body, lambda href: root + href), "utf-8")


def index_for_search(out: Path) -> None:
    """Pagefind's index of every page's text, to be searched in the reader's browser."""
    from pagefind.service import get_executable

    run = subprocess.run([get_executable(), "--site", str(out), "--quiet"], capture_output=True, text=True, check=False)
    if run.returncode:
        raise BookError(f"Pagefind could not index the book: {run.stderr.strip() or run.stdout.strip()}")
    for file in (out / "pagefind").iterdir():
        if "-ui" in file.name or "highlight" in file.name:
            file.unlink()  # Pagefind's own looks: the search box is ours
