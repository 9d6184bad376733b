"""Write a chapter as one HTML file that needs no other: to be sent, or handed out, by itself."""

from __future__ import annotations

import base64
import mimetypes
import re
from pathlib import Path
from urllib.parse import unquote

import jinja2

from ..problems import BookError, Problem
from ..read.project import Project, from_root
from ..resolve.document import Document
from ..resolve.settle import parse_line
from ..resolve.tree import plain
from .fonts import FONTS, MATHS_FONT, make_fonts
from .markup import finish
from .pages import SITE, page_of

PICTURE = re.compile(r'(<img\s[^>]*?src=")([^":]+)(")')
URL = re.compile(r"""url\(\s*["']?(?!data:)([^"')]+)["']?\s*\)""")
FACE = re.compile(r"@font-face\s*\{[^}]*\}")


def write_alone(project: Project, document: Document, file: Path) -> None:
    """Write a chapter, with its style and its pictures in it, as `file`."""
    page = page_of(project, document)
    template = jinja2.Environment(loader=jinja2.FileSystemLoader(SITE), autoescape=True).get_template("alone.html")
    styles: dict[str, str] = {}
    shown = {"page": page, "plain_title": plain(parse_line(project.title))}
    finish(page.body, styles)  # which says what inline styles there are
    text = finish(template.render(styles=_styles(project, page.body, styles), **shown), {})
    file.write_bytes(PICTURE.sub(lambda m: m[1] + _picture(project, document, m[2]) + m[3], text).encode())


def _styles(project: Project, body: str, inline: dict[str, str]) -> str:
    """The frame's style sheet, the book's, and what the page's own attributes say."""
    sheets = [(SITE / "press.css").read_text("utf-8")]
    sheets += [_sheet(project, name, "<math" in body) for name in project.css]
    sheets += [f".{name}{{{css}}}\n" for css, name in sorted(inline.items())]
    # Pictures stand in the page, so that no name of theirs ends in .svg.
    return "".join(sheets).replace('img[src$=".svg"]', 'img[src^="data:image/svg"]')


def _sheet(project: Project, name: str, maths: bool) -> str:
    """A style sheet with what it names in it; the maths font, which is large, only where there is a formula."""
    text = (project.root / name).read_text("utf-8")
    if not maths:
        text = FACE.sub(lambda face: "" if Path(MATHS_FONT).name in face[0] else face[0], text)
    return URL.sub(lambda url: f"url({_file(project, from_root(name, url[1]), name)})", text)


def _picture(project: Project, document: Document, href: str) -> str:
    """A picture of the chapter's own, or one that it names, as an address that holds it."""
    path = from_root(document.entry.href, unquote(href))
    data = document.files.get(path)
    return _file(project, path, document.entry.path) if data is None else _data(path, data)


def _file(project: Project, path: str, named_in: str) -> str:
    if Path(path).name in FONTS:
        return _data(path, make_fonts(project.work / "fonts", [Path(path).name])[path])
    if not (project.root / path).is_file():
        raise BookError(Problem(named_in, 0, f"there is no file {path}, which is named here"))
    return _data(path, (project.root / path).read_bytes())


def _data(path: str, data: bytes) -> str:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
