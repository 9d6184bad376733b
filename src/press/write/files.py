"""What the site serves as it is: figures, images, the maths font, style sheets with what stands beside them."""

from __future__ import annotations

from pathlib import Path

from ..read.project import Project, from_root
from ..resolve.document import Document
from ..resolve.tree import find
from .fonts import FONT, make_maths_font


def write_files(project: Project, documents: list[Document], out: Path) -> None:
    """Write or copy below `out` every file of the book that is not a page."""
    font = project.work / Path(FONT).name
    make_maths_font(font)
    files = {FONT: font.read_bytes()}
    folders = {Path(sheet).parent for sheet in project.css}
    served = [file for folder in folders for file in (project.root / folder).rglob("*") if file.suffix != ".scss"]
    served += [file for pattern in project.resources for file in project.root.glob(pattern)]
    for doc in documents:
        shown = (from_root(doc.entry.path, image["c"][2][0]) for image in find(doc.blocks, "Image"))
        served += [project.root / path for path in shown]
        files |= doc.files
    files |= {str(f.relative_to(project.root)): f.read_bytes() for f in served if f.is_file()}
    for path, data in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)
