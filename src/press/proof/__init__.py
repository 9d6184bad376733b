"""Proof-read: is all that an author wrote in what a reader gets, on the page and in the PDF's Typst source?

An independent reader: `written` reads the chapter's own file (`inline`
what stands in its lines), `page` a finished page, `sheet` the Typst source; `compare` looks for each word, picture,
link, formula, citation and caption of the first in the other two. `exceptions` lists all that may be missing: content
for another format, and what the options of a cell hide. No step here
is shared with those that make the book.
"""
