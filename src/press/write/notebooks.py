"""The chapters as executed Jupyter notebooks, for readers to go on from."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

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
