"""Sentences with the conditions under which they are true; `say` picks those that hold for a report.

A sentence is a function of a report (and of one thing in it, such as a coefficient) that gives its words; what it is
about, when it holds and whether it warns stand in the decorator above it. So each file of this folder can be read from
top to bottom as all that a report can say on its topics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..report import Report
from ..wording import NotFinite, finite_only


@dataclass(frozen=True)
class Sentence:
    """One thing that a report may say.

    Attributes:
        name: of the function that words it. topic: where in the report it stands.
        when: the condition, of the report, or of the report and each item.
        each: the things of which it is said one by one; None if it is said once.
        words: the sentence. warns: whether the course would warn here, so that it stands in a box.
    """

    name: str
    topic: str
    when: Callable[..., bool]
    each: Callable[[Report], Iterable[Any]] | None
    words: Callable[..., str]
    warns: bool = False

    def said(self, report: Report, only: Any = None) -> list[tuple[Any, str]]:
        """The sentence, once for each thing of which it is true, with that thing; `only` of one.

        It is not said of a thing of which it would print a number that is missing or infinite.
        """
        if self.each is None:
            things: list[tuple[Any, ...]] = [()] if only is None else []
        else:
            things = [(item,) for item in self.each(report) if only is None or item is only]
        found = []
        for thing in things:
            if not bool(self.when(report, *thing)):
                continue
            try:
                with finite_only():
                    found.append((thing[0] if thing else None, self.words(report, *thing)))
            except NotFinite:
                continue
        return found


SENTENCES: dict[str, Sentence] = {}


def sentence(
    topic: str,
    when: Callable[..., bool],
    each: Callable[[Report], Iterable[Any]] | None = None,
    warns: bool = False,
) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Enter a function's words into the register of sentences."""

    def enter(words: Callable[..., str]) -> Callable[..., str]:
        name = words.__name__
        assert name not in SENTENCES, name
        SENTENCES[name] = Sentence(name, topic, when, each, words, warns)
        return words

    return enter


@dataclass(frozen=True)
class Said:
    """What a report says on a topic, as Markdown: a paragraph, lists of what is said one by one, boxes of warnings."""

    paragraph: list[str] = field(default_factory=list)
    points: list[list[str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def without_warnings(self) -> Said:
        """The same without the boxes, for a page that shows them elsewhere."""
        return Said(self.paragraph, self.points)

    @property
    def as_quotation(self) -> Said:
        """The paragraph set off, as something to be copied."""
        return Said([f"> {' '.join([*self.paragraph, *(' '.join(lines) for lines in self.points)])}"])

    def __bool__(self) -> bool:
        return bool(self.paragraph or self.points or self.warnings)

    @property
    def text(self) -> str:
        """All of it, as Markdown."""
        blocks = [" ".join(self.paragraph)] if self.paragraph else []
        if self.points:
            blocks.append("\n".join(f"- {' '.join(lines)}" for lines in self.points))
        if self.warnings:
            inner = "\n\n".join(self.warnings)
            blocks.append(f'::: {{.callout-warning title="Take care"}}\n\n{inner}\n\n:::')
        return "\n\n".join(blocks) + "\n"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def say(report: Report, topic: str) -> Said:
    """What the data give reason to say on a topic.

    Sentences that are said one by one are put together by the thing that they are about, in the order of the things.

    Raises:
        KeyError: there is no sentence on this topic.
    """
    on_topic = [one for one in SENTENCES.values() if one.topic == topic]
    if not on_topic:
        raise KeyError(f"no sentence is about {topic!r}; topics are {', '.join(topics())}")
    paragraph, boxed = [], []
    points: dict[Any, list[str]] = {}
    order: list[Any] = []
    for one in on_topic:
        for item, words in one.said(report):
            if one.warns:
                boxed.append(words)
            elif item is None:
                paragraph.append(words)
            else:
                points.setdefault(_key(item), []).append(words)
        if one.each is not None and not one.warns:
            order += [key for item in one.each(report) if (key := _key(item)) not in order]
    return Said(paragraph, [points[key] for key in order if key in points], boxed)


def _key(item: Any) -> Any:
    """What tells one thing from another: a report keeps its facts, and makes tuples anew."""
    return item if isinstance(item, tuple) else id(item)


def warnings(report: Report) -> Said:
    """Every warning that the data give reason for, in one list; or that there is none."""
    found = [words for one in SENTENCES.values() if one.warns for _, words in one.said(report)]
    if not found:
        return Said(["Nothing was found that calls for a warning."])
    return Said(points=[[words] for words in found])


def topics() -> list[str]:
    """What there are sentences about, in the order of the report."""
    return list(dict.fromkeys(one.topic for one in SENTENCES.values()))
