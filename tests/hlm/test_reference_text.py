"""The reference in the book: every public name, and what help() says of it."""

import inspect
import re

import pytest

import hlm
from hlm import plots
from hlm.reference import ROOMS, public, reference_text, signature

NAMES = {name: member for room in ROOMS for name, member in public(room)}


def test_every_public_name_is_in_one_part():
    modules = {"course", "plots", "reference"}
    assert set(NAMES) == {f"hlm.{name}" for name in set(hlm.__all__) - modules} | {
        f"hlm.plots.{n}" for n in plots.__all__
    }
    assert sum(len([*public(room)]) for room in ROOMS) == len(NAMES)


def plain(text: str) -> list[str]:
    """The words of a docstring or of its Markdown."""
    text = re.sub(r"\*\*(Takes|Gives|Has|Raises|Warns|Source|Example)\*\*", "", text)
    text = text.replace("# doctest: +SKIP", "")
    text = re.sub(r"(?m)^\s*(Args|Returns|Attributes|Raises|Warns|Source|Example):", "", text)
    return re.findall(r"\w+", re.sub(r"\\(?=\W|_)", "", text))


@pytest.mark.parametrize("room", ROOMS)
def test_it_says_what_help_says(room):
    text = reference_text(room)
    headings = [line[5:-1] for line in text.splitlines() if line.startswith("### ")]
    assert headings == [name for name, _ in public(room)]
    for part, (name, member) in zip(re.split(r"(?m)^### .*$", text)[1:], public(room), strict=True):
        if callable(member) and not inspect.isclass(member):
            shown = plain(part.replace(f"{name}{signature(member, len(name))}", ""))
            assert shown == ["python", *plain(inspect.getdoc(member))] or shown.count("python") == 2, name
            assert [word for word in shown if word != "python"] == plain(inspect.getdoc(member)), name


def test_a_list_stays_one():
    """Of a docstring's list each item is one of the reference's, in whatever section it stands."""
    items = 0
    for room in ROOMS:
        shown = [plain(line) for line in reference_text(room).splitlines() if line.startswith("- ")]
        for _, member in public(room):
            for first in re.findall(r"(?m)^\s*- (.*)$", (callable(member) and inspect.getdoc(member)) or ""):
                assert any(words[: len(plain(first))] == plain(first) for words in shown), first
                items += 1
    assert items > 10


def test_what_another_library_gives_a_class_is_not_listed():
    assert "`BookFigure.svg`" in reference_text("plots")
    assert "`BookFigure.set`" not in reference_text("plots")
    assert not any("UNSET" in reference_text(room) for room in ROOMS)


def test_the_members_of_a_class_are_listed():
    text = reference_text("models")
    for name in ("conf_int", "params", "predict", "random_effects", "variance_intervals"):
        assert f"`MixedResults.{name}`" in text
    assert "_method" not in text


@pytest.mark.parametrize(("name", "member"), [pair for pair in NAMES.items() if inspect.isfunction(pair[1])])
def test_a_signature_is_written_as_in_the_code(name, member):
    shown = signature(member)
    assert all(parameter in shown for parameter in inspect.signature(member).parameters)
    assert "'pd." not in shown


@pytest.mark.parametrize("name", [n for n, m in NAMES.items() if inspect.isfunction(m) and ".plots." not in n])
def test_every_function_has_an_example(name):
    assert ">>> " in inspect.getdoc(NAMES[name]), f"{name} needs an Example in its docstring"


def test_an_unknown_part_is_refused():
    with pytest.raises(hlm.ModelError, match="hlm has no part 'rooms'; the parts are models, tables"):
        reference_text("rooms")


@pytest.mark.parametrize("room", ROOMS)
def test_no_signature_is_wider_than_a_page_s_column(room):
    text = reference_text(room)
    signatures = re.findall(r"^#{3,4} `([^`]+)`.*\n\n```python\n(\1\([^`]*?)\n```", text, re.M)
    assert signatures or room == "errors"
    assert [line for _, one in signatures for line in one.splitlines() if len(line) > 79 and "(" in line[:60]] == []
