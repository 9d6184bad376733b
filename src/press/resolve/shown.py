"""What a cell shows, as Quarto's Markdown: its code, then its results, one by one or as a figure or table."""

from __future__ import annotations

import base64
import json
import re
from pathlib import PurePosixPath

from ..problems import BookError
from ..read.source import Cell, Source, as_list
from .pandoc import document, pandoc, read_blocks
from .terminal import styled, without_codes
from .tree import find, plain

MACHINE = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>", re.S | re.I)
NUMBER = re.compile(r"[-+−]?[\d,.]+(e[-+]?\d+)?%?|NaN|nan|")


class Shown:
    """One cell on its way into Markdown. Pictures are left in `files`, by their path from the book's root."""

    def __init__(self, source: Source, cell: Cell, outputs: list | None, index: int, files: dict[str, bytes]):
        self.source, self.cell, self.outputs, self.files = source, cell, outputs, files
        self.option = cell.options.get
        self.index = index
        self.stem = cell.label or f"{source.entry.slug}-{index}"
        self.pictures = sum(1 for output in outputs or [] if _picture(output))
        self.drawn = 0

    def markdown(self) -> str:
        if self.option("include") is False:
            return ""
        parts = [self._code()] if self.option("echo", True) else []
        if not self.cell.runs and self._captioned():
            parts = [self._not_run(parts)]  # its label still leads somewhere: to the code
        elif self.option("output") is not False:
            parts += self._results()
        classes = "".join(f" .{name.strip('.')}" for text in as_list(self.option("classes")) for name in text.split())
        return div(f'.cell{classes} piece="{self.index}"', *parts) if parts else ""

    def _beside(self, kind: str) -> str:
        """The class of figures or tables that stand in the margin."""
        return " .column-margin" if "margin" in (self.option("column"), self.option(f"{kind}-column")) else ""

    def _placed(self, output: dict, text: str) -> str:
        """A result in its place, which may be the margin; what is printed stays with the code, as in Quarto."""
        beside = self._beside("fig" if _picture(output) else "tbl").strip()
        return div(beside, text) if beside and output["output_type"] != "stream" else text

    def _captioned(self) -> bool:
        kind = self.cell.label.partition("-")[0]
        return kind in ("fig", "tbl") and bool(self.option(f"{kind}-cap") or self.option(f"{kind}-subcap"))

    def _not_run(self, code: list[str]) -> str:
        """A figure or table that was not made: its code under its caption, and its parts' captions, all with labels."""
        kind, label = self.cell.label.partition("-")[0], self.cell.label
        captions, parts = as_list(self.option(f"{kind}-cap")), as_list(self.option(f"{kind}-subcap"))
        named = [text for text in (parts if captions else []) if isinstance(text, str)]
        inside = [div(f"#{label}-{i}", "…", _caption([text])) for i, text in enumerate(named, 1)]
        return div(f"#{label}", *(code or ["…"]), *inside, _caption(captions))

    def _code(self) -> str:
        code, attributes = self.cell.code, f".{self.cell.language} .cell-code"
        fold = self.option("code-fold")
        if fold:
            attributes += f' code-fold="{str(fold).lower()}" code-summary="{self.option("code-summary", "Code")}"'
        if name := self.option("filename"):
            attributes += f' filename="{name}"'
        if self.option("echo") == "fenced":
            code = f"```{{{self.cell.language}}}\n{self.cell.written}\n```"
        return fenced(code, f"{{{attributes}}}")

    def _results(self) -> list[str]:
        results = [(output, text) for output in self.outputs or [] if (text := self._result(output)) is not None]
        kind = self.cell.label.partition("-")[0]
        if kind not in ("fig", "tbl") or not self.cell.runs:
            shown = [self._placed(output, text) for output, text in results]
            return [self._laid_out(shown)] if self._layout() and shown else shown
        shown = [text for _, text in results]
        if self.outputs is not None and not shown:
            raise BookError(self.source.problem(self.cell.line, f"the cell {self.cell.label} shows nothing"))
        shown = shown or ["…"]
        captions, parts = as_list(self.option(f"{kind}-cap")), as_list(self.option(f"{kind}-subcap"))
        label, layout = self.cell.label, self._beside(kind) + self._layout()
        if parts and self.outputs is not None:
            wanted = parts if parts != [True] else [""] * len(shown)
            return [div(f"#{label}{layout}", *self._parts(shown, wanted), _caption(captions))]
        if parts:  # not run yet: as many as have a caption
            names = parts if parts != [True] else ["", "", ""]
            return [div(f"#{label}{layout}", *self._parts(["…"] * len(names), names), _caption(captions))]
        if len(captions) > 1:
            each = shown if self.outputs is not None else ["…"] * len(captions)
            whole = [
                div(f"#{label}-{i}", one, _caption([text]))
                for i, (one, text) in enumerate(zip(each, captions, strict=False), 1)
            ]
            return [div(layout.strip(), *whole)] if layout else whole
        return [div(f"#{label}{layout}", *shown, _caption(captions))]

    def _parts(self, shown: list[str], captions: list) -> list[str]:
        label = self.cell.label
        texts = [*captions, *[""] * (len(shown) - len(captions))]
        return [
            div(f"#{label}-{i}", one, _caption([text]))
            for i, (one, text) in enumerate(zip(shown, texts, strict=False), 1)
        ]

    def _layout(self) -> str:
        names = ("layout-ncol", "layout-nrow", "layout", "fig-cap-location", "tbl-cap-location")
        return "".join(
            f' {name}="{json.dumps(v) if isinstance(v := self.option(name), list) else v}"'
            for name in names
            if self.option(name)
        )

    def _laid_out(self, shown: list[str]) -> str:
        return div(self._layout().strip(), *shown)

    def _result(self, output: dict) -> str | None:
        kind, data = output["output_type"], output.get("data", {})
        if kind == "stream":
            if output["name"] == "stderr" and self.option("warning") is False:
                return None
            if self.option("output") == "asis":
                return without_codes(output["text"])
            return _said(output["text"].rstrip("\n"), output["name"])
        if kind == "error":
            return _said("\n".join(output["traceback"]), "error")
        if "text/markdown" in data:
            return data["text/markdown"]
        if _picture(output):
            return self._image(data)
        if "text/latex" in data:
            return data["text/latex"]
        if "<table" in data.get("text/html", ""):
            return _table(data["text/html"])
        if "text/html" in data:
            problem = "a cell shows text/html, for which Quarto loads scripts from another host: show text/markdown"
            raise BookError(self.source.problem(self.cell.line, problem))
        if "text/plain" not in data and data:
            problem = f"a cell shows only {', '.join(sorted(data))}: show text, text/markdown, SVG or PNG"
            raise BookError(self.source.problem(self.cell.line, problem))
        return _said(data["text/plain"], "result") if data else None

    def _image(self, data: dict) -> str:
        vector, label = "image/svg+xml" in data, self.cell.label
        number = self.drawn
        self.drawn += 1
        several = f"-{number + 1}" if self.pictures > 1 else ""
        name = f"{label}{several}" if label else f"{self.stem}-{len(self.files)}"
        name += ".svg" if vector else ".png"
        path = str(PurePosixPath(self.source.path).with_suffix("")) + f"_files/{name}"
        try:
            self.files[path] = data["image/svg+xml"].encode() if vector else base64.b64decode(data["image/png"])
        except ValueError:
            problem = "a cell shows a PNG that is not base64, as Jupyter has it"
            raise BookError(self.source.problem(self.cell.line, problem)) from None
        captions, alts = as_list(self.option("fig-cap")), as_list(self.option("fig-alt"))
        caption = (
            "" if label.startswith("fig-") or not captions else _one_line(captions[min(number, len(captions) - 1)])
        )
        said = alts[min(number, len(alts) - 1)] if alts else _words(captions, self.option("fig-subcap"), number)
        alt = _one_line(said).replace("\\", "\\\\").replace('"', '\\"')
        size = "".join(f' {side}="{v}"' for side in ("width", "height") if (v := self.option(f"out-{side}")))
        named = ("fig-align", "fig-cap-location")
        place = "".join(f' {name}="{v}"' for name in named if (v := self.option(name)) and v != "default")
        return f'![{caption}](/{path}){{alt="{alt}"{size}{place}}}'


def _said(text: str, kind: str) -> str:
    """What a cell printed, in the colours that it has on a terminal."""
    shown = styled(text)
    return div(f".cell-output .{kind}", fenced(shown, "{.ansi}" if "\x1b" in shown else ""))


def _picture(output: dict) -> bool:
    data = output.get("data", {})
    return "text/markdown" not in data and bool({"image/svg+xml", "image/png"} & set(data))


def _words(captions: list, parts: object, number: int) -> str:
    """What a picture without fig-alt is said to show: its caption, as in Quarto."""
    own = parts[number] if isinstance(parts, list) and number < len(parts) else ""
    text = own or (captions[min(number, len(captions) - 1)] if captions else "")
    blocks = read_blocks(str(text)) if text else []
    return plain(blocks[0]["c"]) if blocks and blocks[0]["t"] == "Para" else ""


def _caption(captions: list) -> str:
    return _one_line(captions[0] if captions else "") or "<!-- -->"


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _table(html: str) -> str:
    """A table that a library shows as HTML, as a table of Markdown; columns of numbers to the right."""
    blocks = read_blocks(MACHINE.sub("", html), "html")
    for table in find(blocks, "Table"):
        rows = [row[1] for body in table["c"][4] for row in body[3]]
        for i, column in enumerate(table["c"][2]):
            cells = [plain([b.get("c", []) for b in row[i][4]]) for row in rows if i < len(row)]
            if any(cells) and all(NUMBER.fullmatch(cell.strip()) for cell in cells):
                column[0] = {"t": "AlignRight"}
        table["c"][0] = ["", [], []]
    blocks = [b for block in blocks for b in (block["c"][1] if block["t"] == "Div" else [block])]
    return pandoc(document(blocks), "--from=json", "--to=markdown-grid_tables-simple_tables-multiline_tables").strip()


def div(attributes: str, *parts: str) -> str:
    return "\n\n".join([f"::: {{{attributes}}}", *parts, ":::"])


def fenced(text: str, info: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence} {info}\n{text}\n{fence}".replace(f"{fence} \n", f"{fence}\n", 1)
