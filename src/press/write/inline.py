"""Scripts and style sheets that an author wrote into a page, moved to files: the page's security policy asks for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

# Their contents end at the first closing tag, whatever it stands in; comments are passed over.
INLINE = re.compile(r"<!--.*?-->|<(style|script)\b([^>]*)>(.*?)</\1\s*>", re.S | re.I)
DATA = re.compile(r"""\btype\s*=\s*["']?(?!module|text/javascript|application/javascript)[\w/+.-]+""", re.I)


def move_inline(page: str, link: Callable[[str], str], files: dict[str, str]) -> str:
    """The page with files in place of what stood in it: same order, same effect. `files` gathers them by path."""

    def moved(match: re.Match) -> str:
        tag, attributes, content = match[1], match[2], match[3]
        if tag is None or not content.strip() or re.search(r"\bsrc\s*=", attributes):
            return match[0]
        script = tag.lower() == "script"
        if script and DATA.search(attributes):
            return match[0]  # data, which runs nothing
        name = f"assets/inline-{hashlib.sha256(content.encode()).hexdigest()[:12]}.{'js' if script else 'css'}"
        files[name] = content
        if script:
            return f'<script{attributes} src="{link(name)}"></script>'
        media = re.search(r"\bmedia\s*=\s*(\"[^\"]*\"|'[^']*')", attributes)
        return f'<link rel="stylesheet" href="{link(name)}"{f" media={media[1]}" if media else ""}>'

    return INLINE.sub(moved, page)
