"""How large a picture is, from the first bytes of its file."""

from __future__ import annotations

import re

SVG = re.compile(rb'<svg\b[^>]*? width="([\d.]+)(pt|px|)" height="([\d.]+)(pt|px|)"')
PNG = b"\x89PNG\r\n\x1a\n"
POINT = 96 / 72  # CSS pixels


def size_of_picture(data: bytes) -> tuple[int, int] | None:
    """Width and height in CSS pixels of an SVG or PNG file; None if it does not tell them.

    An SVG tells them in points or pixels on its first element; a PNG in the header that begins it (PNG specification,
    section 11.2.2).
    """
    if data.startswith(PNG):
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if not (found := SVG.search(data[:4000])):
        return None
    width, height = (float(found[i]) * (POINT if found[i + 1] == b"pt" else 1) for i in (1, 3))
    return round(width), round(height)
