"""What the site serves as it is: figures, images, fonts, style sheets with what stands beside them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from ..read.project import Project, from_root
from ..resolve.document import Document
from ..resolve.elsewhere import LINKED
from .fonts import make_fonts, named_by

FOREIGN = re.compile(r"[a-z]+:|//|#", re.I)


def write_files(project: Project, documents: list[Document], out: Path) -> None:
    """Write or copy below `out` every file of the book that is not a page."""
    files = make_fonts(project.work / "fonts", named_by(project))
    folders = {Path(sheet).parent for sheet in project.css}
    served = [file for folder in folders for file in (project.root / folder).rglob("*") if file.suffix != ".scss"]
    served += [file for pattern in project.resources for file in project.root.glob(pattern)]
    served += [project.root / project.image] if project.image else []
    chapters = {entry.path for entry in project.entries}
    for doc in documents:
        named = [element["c"][2][0] for element in doc.find("Image", "Link")]
        named += [m[3] for raw in doc.find("RawBlock", "RawInline") for m in LINKED.finditer(raw["c"][1])]
        paths = {
            from_root(doc.entry.path, unquote(href.partition("#")[0])) for href in named if not FOREIGN.match(href)
        }
        served += [project.root / path for path in paths if path and path not in chapters]
        files |= doc.files
    files |= {str(f.relative_to(project.root)): f.read_bytes() for f in served if f.is_file()}
    for path, data in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)
