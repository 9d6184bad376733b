"""Write a chapter as one HTML file that needs no other: to be sent, or handed out, by itself."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import jinja2

from ..read.project import Project
from ..resolve.document import Document
from ..resolve.settle import parse_line
from ..resolve.tree import plain
from .fonts import FONT, make_maths_font
from .markup import finish
from .pages import SITE, page_of

PICTURE = re.compile(r'(<img\s[^>]*?src=")([^":]+)(")')
SVG, FONT_TYPE = "image/svg+xml", "font/woff2"
TYPES = {".svg": SVG, ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def write_alone(project: Project, document: Document, file: Path) -> None:
    """Write a chapter, with its style and its pictures in it, as `file`."""
    page = page_of(project, document, "")
    template = jinja2.Environment(loader=jinja2.FileSystemLoader(SITE), autoescape=True).get_template("alone.html")
    styles: dict[str, str] = {}
    shown = {"page": page, "plain_title": plain(parse_line(project.title))}
    finish(page.body, styles)  # which says what inline styles there are
    text = finish(template.render(styles=_styles(project, page.body, styles), **shown), {})
    file.write_bytes(PICTURE.sub(lambda m: m[1] + _picture(project, document, m[2]) + m[3], text).encode())


def _styles(project: Project, body: str, inline: dict[str, str]) -> str:
    """The frame's style sheet, the book's, and what the page's own attributes say."""
    sheets = [(SITE / "press.css").read_text("utf-8")]
    sheets += [(project.root / name).read_text("utf-8") for name in project.css]
    sheets += [f".{name}{{{css}}}\n" for css, name in sorted(inline.items())]
    # Pictures stand in the page, so that no name of theirs ends in .svg.
    text = "".join(sheets).replace('img[src$=".svg"]', f'img[src^="data:{SVG}"]')
    return re.sub(r"@font-face\s*\{[^}]*\}", lambda _: _font(project) if "<math" in body else "", text)


def _font(project: Project) -> str:
    font = project.work / Path(FONT).name
    make_maths_font(font)
    return f'@font-face{{font-family:"STIX Two Math";src:url({_data(font.read_bytes(), FONT_TYPE)})}}'


def _picture(project: Project, document: Document, href: str) -> str:
    """A picture of the chapter's own, or one that it names, as an address that holds it."""
    path = (Path(document.entry.href).parent / href).as_posix()
    data = document.files.get(path) or (project.root / path).read_bytes()
    return _data(data, TYPES[Path(path).suffix])


def _data(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
