"""Search without a server: Pagefind's index of the finished pages."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..problems import BookError


def index_for_search(out: Path) -> None:
    """Pagefind's index of every page's text, to be searched in the reader's browser."""
    from pagefind.service import get_executable

    run = subprocess.run([get_executable(), "--site", str(out), "--quiet"], capture_output=True, text=True, check=False)
    if run.returncode:
        raise BookError(f"Pagefind could not index the book: {run.stderr.strip() or run.stdout.strip()}")
    for file in (out / "pagefind").iterdir():
        if "-ui" in file.name or "highlight" in file.name:
            file.unlink()  # Pagefind's own looks: the search box is ours
