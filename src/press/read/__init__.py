"""Read: what stands in the sources, before anything runs and before Pandoc has seen them.

`project` reads `_quarto.yml` (its `settings`, each with its line) into a Project; `source` parts a chapter into text
and cells, each knowing its line. `vocabulary` lists the words of Quarto that press knows. `check` finds what is wrong
with a chapter as its source alone tells, and notes it in `remarks`, at the line where its author can see it.
"""
