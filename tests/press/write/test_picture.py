"""A page keeps the place of each figure: it tells how large the picture is before it has come."""

import io

import pytest
from PIL import Image

from press.write.picture import size_of_picture

DRAW = """
```{python}
#| label: fig-one
#| fig-cap: "A line."
#| fig-alt: "A line that rises from left to right."
import matplotlib.pyplot as plt
plt.figure(figsize=(4, 3))
plt.plot([1, 2])
plt.show()
```

See @fig-one.
"""


def test_an_svg_tells_its_size_in_points_or_pixels():
    assert size_of_picture(b'<?xml version="1.0"?>\n<svg xmlns="x" width="403.2pt" height="252pt">') == (538, 336)
    assert size_of_picture(b'<svg width="12px" height="7" viewBox="0 0 12 7">') == (12, 7)


@pytest.mark.parametrize("data", [b"", b'<svg viewBox="0 0 1 1">', b'<svg width="50%" height="20%">', b"GIF89a"])
def test_what_tells_no_size_has_none(data):
    assert size_of_picture(data) is None


def test_a_png_tells_its_size():
    file = io.BytesIO()
    Image.new("L", (31, 17)).save(file, "png")
    assert size_of_picture(file.getvalue()) == (31, 17)


def test_a_page_says_it_of_its_figures_and_leaves_a_size_that_was_asked_for(show):
    made = show(DRAW, settings="format:\n  html:\n    fig-format: svg")
    (image,) = made.page().iter("img")
    file = made.root / "_book" / image.get("src")
    assert (image.get("width"), image.get("height")) == tuple(map(str, size_of_picture(file.read_bytes())))
    asked = show(
        DRAW.replace("#| fig-cap", "#| out-width: 50%\n#| fig-cap"), settings="format:\n  html:\n    fig-format: svg"
    )
    (image,) = asked.page().iter("img")
    assert image.get("height") is None
