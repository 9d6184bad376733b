"""Proof-read: is all that an author wrote in what a reader gets, on the page and in the PDF's Typst source?

An independent reader: `written` reads the chapter's own file (`lines` tells them apart, `inline` what stands in them,
`options` what a cell's author asked for, `cells` what it gave), `page` a finished page, `sheet` the Typst source, each
into a `record`; `compare` looks for each word, picture, link, formula, citation and caption of the first in the other
two, for all `chapters`. `exceptions` lists all that may be missing: content for another format, and what the options of
a cell hide. No step here is shared with those that make the book.
"""
