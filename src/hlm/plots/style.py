"""How every figure of the book looks: one set of sizes, one palette, each colour with one meaning.

The colours are those of Okabe and Ito (2008), which readers with any common colour blindness can tell apart. Colour is
never alone: each role also has a marker and a line of its own, and its name is written beside it.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..arguments import checked
from ..tables.display import in_notebook
from .dark import with_dark

INK = "#1b1f24"  # text, and what has no colour of its own
MUTED = "#57606a"  # axis labels, notes; 6 : 1 on white
FAINT = "#c9ced4"  # grid and reference lines
PAPER = "#ffffff"  # the halo that keeps a label readable where it crosses a line

WIDTH = 5.6  # inches: as wide as the text column, and still readable when a phone shrinks it to 60 per cent


@dataclass(frozen=True)
class Role:
    """What a colour stands for: its name as written in figures, `color` for marks, `dark` for text (4.5 : 1)."""

    name: str
    color: str
    dark: str
    marker: str
    linestyle: str


CATHOLIC = Role("Catholic", "#D55E00", "#A84A00", "o", "-")
PUBLIC = Role("public", "#0072B2", "#005F94", "D", "--")
OLS = Role("OLS", "#CC79A7", "#9A4374", "s", ":")
MIXED = Role("mixed", "#009E73", "#00704F", "o", "-")
SECTORS = {0: PUBLIC, 1: CATHOLIC}

# What each colour becomes on a dark page (`dark`): marks keep 3 : 1 against its ground, text 4.5 : 1, hues stay.
DARK = {
    INK: "#dde2e8",
    MUTED: "#a3adb8",
    FAINT: "#58626d",
    PAPER: "#15181c",  # the ground of dark pages, in either renderer
    CATHOLIC.color: "#e8762c",
    CATHOLIC.dark: "#f2995f",
    PUBLIC.color: "#3f9fd8",
    PUBLIC.dark: "#7cc0ec",
    OLS.color: "#d48db4",
    OLS.dark: "#e3a8c9",
    MIXED.color: "#1fb58c",
    MIXED.dark: "#5ccdaa",
}

# The two parts of a variance, between schools and within them. Hatching tells them apart without colour.
BETWEEN = {"color": MUTED, "linewidth": 0}
WITHIN = {"facecolor": "none", "edgecolor": MUTED, "hatch": "////", "linewidth": 0.8}

TAU00, SIGMA2, VAR_X = r"\tau_{00}", r"\sigma^2", r"\sigma^2_{\mathrm{sector}}"

LOOK: dict[Any, Any] = {
    # DejaVu Sans comes with Matplotlib, which measures with it; Verdana, as wide, stands in where a reader has none.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 10,
    "axes.labelcolor": MUTED,
    "axes.labelpad": 6,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
}
# Text stays text, to be searched, read aloud and printed sharply; a fixed salt makes the same figure the same file.
SAVING: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "students-in-schools", "savefig.transparent": True}

P = ParamSpec("P")
T = TypeVar("T")


def book_style(function: Callable[P, T]) -> Callable[P, T]:
    """A function that draws, with its arguments checked and, while it draws, the book's settings.

    Matplotlib reads its settings whenever a text or a line is made, so that they hold for all that the function does.
    """
    return mpl.rc_context(LOOK)(checked(function))


class BookFigure(Figure):
    """A Matplotlib figure that saves in the book's way, and that a notebook shows once, as SVG.

    It belongs to no pyplot, so drawing one changes nothing else and nothing needs closing.
    """

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """Save as `Figure.savefig` does: text as text, a transparent ground, and the same bytes each time."""
        with mpl.rc_context(LOOK | SAVING):
            super().savefig(*args, **kwargs)

    def svg(self) -> str:
        """The figure as the text of an SVG file, which shows it on a dark page too, as `#dark` (`dark`)."""
        out = io.StringIO()
        self.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        return with_dark(out.getvalue(), DARK)

    def _ipython_display_(self) -> None:
        # Not _repr_svg_: Matplotlib's notebook backend would override it, crop the figure and draw text as outlines.
        from IPython.display import display

        svg, shown = self.svg(), "image/svg+xml"
        if in_notebook():
            # As an image on white: its page may be dark, and JupyterLab hides SVG of a notebook that it does not trust.
            svg, shown = svg.replace("<svg ", f'<svg style="background: {PAPER}" ', 1), "text/html"
            svg = f'<img alt="figure" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'
        display({shown: svg, "text/plain": repr(self)}, raw=True)


def figure(
    height: float, rows: int = 1, columns: int = 1, width: float = WIDTH, **kwargs: Any
) -> tuple[BookFigure, Any]:
    """A new figure in the book's style, with its axes.

    Args:
        height, width: inches.
        rows, columns, **kwargs: as in `Figure.subplots`.

    Returns:
        BookFigure, and its Axes (an array of Axes where there are several).
    """
    drawing = BookFigure(figsize=(width, height), layout="constrained", facecolor="none")
    return drawing, drawing.subplots(rows, columns, subplot_kw={"facecolor": "none"}, **kwargs)


def bare(axes: Axes, ylim: tuple[float, float] | None = None) -> None:
    """Take the y axis away, where it counts nothing that a reader needs, and say from where to where it goes."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", left=False, labelleft=False)
    if ylim is not None:
        axes.set_ylim(*ylim)


def at_end(axes: Axes, x: float, y: float, label: str, bold: bool = False, color: str = INK) -> None:
    """A label beside the right end of a line."""
    axes.annotate(
        label,
        (x, y),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=color,
        fontweight="bold" if bold else "normal",
        annotation_clip=False,
    )


def halo(width: float = 3) -> list:
    """Path effects that keep a text readable where it crosses a line."""
    return [patheffects.withStroke(linewidth=width, foreground=PAPER)]
