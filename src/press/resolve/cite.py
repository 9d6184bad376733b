"""Citations and the list of works: Pandoc's citeproc over all citations of the book at once, and over nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import threading

from ..problems import BookError, Problem
from ..read.project import Project
from .document import Document
from .pandoc import document, pandoc
from .settle import parse_line
from .tree import Attr, Div, Link, Node, Para, Span, change, change_inside, words

MARK = "press-cites-"


def read_bibliography(project: Project) -> list[dict]:
    """The works of all bibliography files, as CSL JSON."""
    works: list[dict] = []
    for name in project.bibliography:
        try:
            text = (project.root / name).read_text("utf-8")
            works += json.loads(_csl_json(name, text))
        except UnicodeDecodeError:
            raise BookError(Problem(name, 0, "is not UTF-8 text")) from None
        except BookError as error:
            at = re.search(r"\(line (\d+)", str(error))
            raise BookError(Problem(name, int(at[1]) if at else 0, " ".join(str(error).split()))) from None
    return works


def _csl_json(name: str, text: str) -> str:
    """A bibliography as CSL JSON; it may be BibLaTeX, CSL JSON, CSL YAML or RIS, as its name ends."""
    suffix = name.rpartition(".")[2].lower()
    if suffix in ("yaml", "yml"):
        text = text if text.lstrip().startswith("---") else f"---\n{text}\n---\n"
        return pandoc(text, "--from=markdown", "--to=csljson")
    return pandoc(text, f"--from={ {'json': 'csljson', 'ris': 'ris'}.get(suffix, 'biblatex') }", "--to=csljson")


def cite(documents: list[Document], works: list[dict], project: Project, apart: bool) -> None:
    """Resolve the citations, in place; the list of works goes where ::: {#refs} stands.

    Where no chapter has that, each ends with its own list if they are read `apart`, as pages; else the last one does.
    """
    home = next((doc for doc in documents if any(e["c"][0][0] == "refs" for e in doc.find("Div"))), None)
    citing = [doc for doc in documents if doc.find("Cite")]
    if home or not citing:
        return _cite(documents, home, works, project) if home else None
    for group in [[doc] for doc in citing] if apart else [documents]:
        last = group[-1]
        title = {"t": "Header", "c": [2, Attr("references", "unnumbered"), words(project.words["references"])]}
        last.blocks = [*last.blocks, title, Div(Attr("refs"), [])]
        _cite(group, last, works, project)
    return None


def _cite(documents: list[Document], home: Document, works: list[dict], project: Project) -> None:
    citations: list[Node] = []
    citing = [doc for doc in documents if doc.find("Cite")]
    for doc in citing:
        doc.blocks = change(doc.blocks, lambda e: _set_aside(e, citations))
    *resolved, works_list = _citeproc(citations, works, project)
    for doc in [*citing, *([home] if home not in citing else [])]:
        place = "" if doc is home else f"/{home.entry.path}"
        doc.blocks = change(doc.blocks, lambda e, place=place: _put_back(e, resolved, works_list, place))


def _set_aside(element: Node, citations: list[Node]):
    """A mark in a citation's place. One within another's words ([@a, as in @b]) is one of its own: Pandoc drops @a."""
    if element["t"] != "Cite":
        return None
    number = len(citations)
    citations.append(element)
    citations[number] = change_inside(element, lambda e: _set_aside(e, citations))
    return Span(Attr(f"{MARK}{number}"), [])


def _citeproc(citations: list[Node], works: list[dict], project: Project) -> list[Node]:
    text = json.dumps(works)
    file = project.work / f"references-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    if not file.is_file():  # whole from its first moment: the other format is asked at the same time
        new = file.with_suffix(f".{threading.get_ident()}")
        new.write_text(text, "utf-8")
        new.replace(file)
    options = ["--from=json", "--to=json", "--citeproc", f"--bibliography={file}"]
    options += [f"--csl={project.root / project.csl}"] if project.csl else []
    meta = {"link-citations": {"t": "MetaBool", "c": True}}
    if not project.language.startswith("en"):  # else the style's own English
        meta["lang"] = {"t": "MetaString", "c": project.language}
    if project.nocite:
        meta["nocite"] = {"t": "MetaInlines", "c": parse_line(project.nocite)}
    blocks = [*(Para([element]) for element in citations), Div(Attr("refs"), [])]
    return json.loads(pandoc(document(blocks, meta), *options))["blocks"]


def _put_back(element: Node, resolved: list[Node], works_list: Node, place: str, within: bool = False):
    if element["t"] == "Span" and (mark := element["c"][0][0]).startswith(MARK):
        text = change(resolved[int(mark[len(MARK) :])]["c"], lambda e: _to_work(e, place))
        if within:
            text = [inline for e in text for inline in (e["c"][1] if e["t"] == "Cite" else [e])]
        return change(text, lambda e: _put_back(e, resolved, works_list, place, True))
    if element["t"] == "Div" and element["c"][0][0] == "refs":
        return works_list
    return None


def _to_work(element: Node, place: str):
    """A citation's link leads to the work in the list, which may be in another chapter."""
    if element["t"] == "Link" and element["c"][2][0].startswith("#ref-"):
        attr, inlines, (href, _) = element["c"]
        return Link(attr, inlines, place + href)
    return None
