"""What is wrong with `_quarto.yml` is said with its line."""

import pytest

from press.problems import BookError
from press.read.project import read_project


def problems(root):
    with pytest.raises(BookError) as error:
        read_project(root)
    return str(error.value).splitlines()


CONFIGS = {
    "": "_quarto.yml:1: is empty, or not a list of 'name: value' lines",
    "project: [": "_quarto.yml:1: is not valid YAML: ",
    "project:\n  type: website\nbook:\n  title: T\n  chapters: [index.qmd]\n": "_quarto.yml:2: project.type should be book, not 'website'",
    "project:\n  type: book\nbook:\n  title: T\n": "_quarto.yml:3: the book has no chapters: list them under book.chapters, index.qmd first",
    "project:\n  type: book\nbook:\n  chapters: [index.qmd]\n": "_quarto.yml:3: the book needs a title: add 'title: ...' under book",
    "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.qmd\n    - index.qmd\n": "_quarto.yml:7: index.qmd is listed twice",
    "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.qmd\n    - lost.qmd\n": "_quarto.yml:7: lost.qmd is listed as a chapter but there is no such file",
    "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - references.qmd\n": "_quarto.yml:5: the first chapter of a book is index.qmd",
    "project:\n  type: book\nbook:\n  title: T\n  chapters: [index.qmd]\nbibliography: lost.bib\n": "_quarto.yml:6: there is no file lost.bib",
    "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.qmd\n    - part: One\n": "_quarto.yml:7: the part One has no chapters",
    "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.qmd\n    - part: One\n      chapters: [lost.qmd]\n": "_quarto.yml:8: lost.qmd is listed as a chapter but there is no such file",
    "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.qmd\n    - part: One\n      chapters:\n        - part: Two\n          chapters: [references.qmd]\n": "_quarto.yml:9: press takes a chapter as a file name, not {'part': 'Two', 'chapters': ['references.qmd']}",
    "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - part: One\n      text: Two\n      chapters: [index.qmd]\n": "_quarto.yml:7: a part has part and chapters, not text",
    "project:\n  type: book\n  output-dir: ../elsewhere\nbook:\n  title: T\n  chapters: [index.qmd]\n": "_quarto.yml:3: project.output-dir should be a folder of its own inside the book's",
    "project:\n  type: book\nbook:\n  title: T\n  chapters: [index.qmd]\n  sidebars: false\n": "_quarto.yml:6: press does not know book.sidebars",
    "project:\n  type: book\nbook:\n  title: T\n  chapters: [index.qmd]\nfilters: [x.lua]\n": "_quarto.yml:6: press runs Lua filters on Pandoc's own tree, given as {at: pre-ast, path: ",
}


@pytest.mark.parametrize(("config", "message"), CONFIGS.items())
def test_a_bad_configuration_is_named_with_its_line(sample, config, message):
    (sample / "_quarto.yml").write_text(config)
    assert problems(sample)[0].startswith(message)


def test_no_configuration(sample):
    (sample / "_quarto.yml").unlink()
    assert problems(sample)[0].startswith("_quarto.yml: there is no _quarto.yml in ")
