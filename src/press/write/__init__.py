"""Write: the site and the PDF, from the resolved chapters, into an empty folder.

`pages` puts each chapter into its frame (site/page.html); `html` and `callouts` turn what Pandoc's HTML writer does not
know into HTML around ordinary blocks, `inline` moves an author's scripts and styles to files, and `markup` finishes the
written page tag by tag. `pdf` writes all chapters as one Typst document (site/book.typ), which `typeset` sets. `files`
copies what is served as it is, and `fonts` makes the fonts among it; `search` and `sitemap` are what their names
say. What a reader takes along are `notebooks` (`notebook_text` has the Markdown that all programs for them know,
`notebook_code` what code they need, `notebook_cells` their format) and the `wheel` that their first cell installs.
"""
