"""Read: what stands in the sources, before anything runs and before Pandoc has seen them.

`project` reads `_quarto.yml` (its `settings`, each with its line, its `chapters` and parts, its `includes`) into a
Project; `table` says of all that Quarto lets an author set what press does of it. `source` parts a chapter into text
and `cells`, after its `front_matter`, once `shortcodes` have brought in what they stand for; each piece knows its line.
`vocabulary` lists names, `words` what press and its script add in the book's language. `check` finds what is wrong with
a chapter as its source alone tells, and notes it in `remarks`, at the line where its author can see it.
"""
