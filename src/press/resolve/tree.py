"""The few words needed to speak of Pandoc's tree, which is plain JSON: `{"t": type, "c": contents}`."""

from __future__ import annotations

from collections.abc import Callable

Node = dict
# Lists of elements carry no type of their own; everything that is a dict with "t" is an element.


# Elements with no others in them; a book has hundreds of thousands, so that the walks below pass over their insides.
LEAVES = frozenset(
    ("Str", "Space", "SoftBreak", "LineBreak", "Math", "Code", "CodeBlock", "RawInline", "RawBlock", "HorizontalRule")
)
WORDS = frozenset(("Str", "Space", "SoftBreak"))


def change(node, turn: Callable[[Node], object]):
    """Rebuild the tree top-down. `turn(element)` gives None (keep, and go inside), an element, or a list in its place.

    What `turn` returns is not entered again: a turn that wants its contents changed calls `change` on them. It is not
    asked about words and the spaces between them.
    """
    if isinstance(node, dict):
        return change_inside(node, turn) if "t" in node else {k: change(v, turn) for k, v in node.items()}
    if not isinstance(node, list):
        return node
    out = []
    add = out.append
    for child in node:
        kind = type(child)
        if kind is dict:
            name = child.get("t")
            if name in WORDS:
                add(child)
            elif name is None:
                add(change(child, turn))
            elif (new := turn(child)) is None:
                add(child if name in LEAVES else change_inside(child, turn))
            elif type(new) is list:
                out += new
            else:
                add(new)
        elif kind is list and child:
            add(change(child, turn))
        else:
            add(child)
    return out


def change_inside(element: Node, turn) -> Node:
    contents = element.get("c")
    return {**element, "c": change(contents, turn)} if isinstance(contents, list | dict) else element


def find(node, *types: str) -> list[Node]:
    """Every element of these types, in reading order, nested ones included."""
    found: list[Node] = []
    _find([node], types, found)
    return found


def _find(inside, types: tuple[str, ...], found: list[Node]) -> None:
    for child in inside:
        kind = type(child)
        if kind is list:
            _find(child, types, found)
        elif kind is dict:
            name = child.get("t")
            if name in types:
                found.append(child)
            if name not in LEAVES:
                _find(child.values(), types, found)


def listed(blocks: list[Node]) -> tuple[list[Node], list[str]]:
    """All elements in reading order, nested ones included, but for words and spaces; and the words."""
    elements: list[Node] = []
    words: list[str] = []
    _list(blocks, elements, words)
    return elements, words


def _list(inside, elements: list[Node], words: list[str]) -> None:
    for child in inside:
        kind = type(child)
        if kind is list:
            _list(child, elements, words)
        elif kind is dict:
            name = child.get("t")
            if name == "Str":
                words.append(child["c"])
            elif name not in WORDS:
                if name is not None:
                    elements.append(child)
                if name not in LEAVES:
                    _list(child.values(), elements, words)


def plain(inlines) -> str:
    """The words of some inlines, without notes."""
    if isinstance(inlines, list):
        return "".join(plain(i) for i in inlines)
    if not isinstance(inlines, dict):
        return ""
    kind, c = inlines.get("t"), inlines.get("c")
    if kind == "Str":
        return c
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "Math"):
        return c[1]
    if kind == "Quoted":
        left, right = "‘’" if c[0]["t"] == "SingleQuote" else "“”"
        return left + plain(c[1]) + right
    if kind in ("Note", "RawInline"):
        return ""
    if kind in ("Link", "Image", "Span", "Cite"):
        return plain(c[1])
    return plain(c)


def without_notes(inlines: list[Node]) -> list[Node]:
    """A title as it stands elsewhere: its footnotes stay where it is a heading."""
    return change(inlines, lambda element: [] if element["t"] == "Note" else None)


def words(text: str) -> list[Node]:
    """Inlines of a plain text, spaces between the words."""
    out: list[Node] = []
    for i, word in enumerate(text.split(" ")):
        out += [{"t": "Space"}] * (i > 0) + [Str(word)] * bool(word)
    return out


# Constructors, named as Pandoc names them.
def Attr(identifier: str = "", *classes: str, **pairs: str) -> list:
    return [identifier, list(classes), [[k.replace("_", "-"), v] for k, v in pairs.items()]]


def Str(text: str) -> Node:
    return {"t": "Str", "c": text}


def Raw(format: str, text: str, inline: bool = False) -> Node:
    return {"t": "RawInline" if inline else "RawBlock", "c": [format, text]}


def Span(attr: list, inlines: list) -> Node:
    return {"t": "Span", "c": [attr, inlines]}


def Div(attr: list, blocks: list) -> Node:
    return {"t": "Div", "c": [attr, blocks]}


def Link(attr: list, inlines: list, href: str) -> Node:
    return {"t": "Link", "c": [attr, inlines, [href, ""]]}


def Plain(inlines: list) -> Node:
    return {"t": "Plain", "c": inlines}


def Para(inlines: list) -> Node:
    return {"t": "Para", "c": inlines}


def Strong(inlines: list) -> Node:
    return {"t": "Strong", "c": inlines}


def attribute(attr: list, name: str, default: str = "") -> str:
    return next((v for k, v in attr[2] if k == name), default)


def without(attr: list, *names: str) -> list:
    """The attributes but for those of these names."""
    return [attr[0], attr[1], [[name, value] for name, value in attr[2] if name not in names]]


def attr_of(element: Node) -> list:
    """The identifier, classes and other attributes of an element that has them."""
    return element["c"][1 if element["t"] == "Header" else 0]
