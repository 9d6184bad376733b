"""press makes the book where there is no Quarto: a web site and a PDF from the same `_quarto.yml` and chapters.

It is one road, a folder a step: read (what the sources say), run (their cells), resolve (Pandoc's tree, numbers,
references), write (pages, PDF, notebooks, search), and build, which goes the road from end to end and keeps the last
good book until the next is whole. `after_quarto` gives what Quarto makes the notebooks. Each step uses only those
before it, and `problems`, which says what is wrong where.
"""
