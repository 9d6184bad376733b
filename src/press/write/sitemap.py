"""The site map, for search engines."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ..read.project import Project

SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def write_sitemap(project: Project, out: Path) -> None:
    """Write `sitemap.xml` into `out`; only if the book knows its address (`book.site-url`)."""
    if project.site_url:
        urls = "".join(f"<url><loc>{escape(f'{project.site_url}/{e.href}')}</loc></url>\n" for e in project.entries)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SPACE}">\n{urls}</urlset>\n'
        (out / "sitemap.xml").write_text(text, "utf-8")
