"""Resolve: from sources and results to Pandoc's tree, in which all that refers to something has found it.

`document` turns cells and results into Markdown (`shown`; `terminal` knows colours) and has Pandoc parse it (`pandoc`
runs it, `memory` keeps its answers, `tree` has the words to speak of what comes back); `settle` turns what Quarto adds
into what later steps know. `filters` runs the book's Lua filters, over chapters that `bind` joins for the PDF. `layout`
tells what stands side by side. `numbering` gives numbers as Quarto does, `elsewhere` finds the chapter to which a link
leads, `crossref` turns each @fig-x into a link, `cite` has Pandoc's citeproc write citations and the list of works.
`check` finds what is wrong with a chapter as its tree tells, `check_references` what is wrong between chapters.
"""
