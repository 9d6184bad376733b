"""The table of all that Quarto lets an author set: what press does, what is only Quarto's look, what it refuses."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

DONE, LOOK, REFUSED = "done", "look", "refused"


@dataclass(frozen=True)
class Row:
    """One setting. `values` are those that press takes, as words between |; with "…", whatever stands there.

    Of what is look only they are those for which nothing is passed over.
    """

    name: str
    values: str
    fate: str
    what: str

    def takes(self, value: object) -> bool:
        """Whether press does with this value what Quarto does."""
        words = self.values.split("|")
        if isinstance(value, bool):
            return str(value).lower() in words or "…" in words
        kinds = {"text": str | int | float | datetime.date, "number": int | float, "list": list, "…": object}
        return str(value) in words or any(isinstance(value, kinds[word]) for word in words if word in kinds)


def table(text: str) -> dict[str, Row]:
    """Rows by name, from lines `names ; values ; fate ; what it does`; several may share a row, and rows are broken."""
    rows = {}
    for line in re.sub(r"\n +", " ", text.strip()).splitlines():
        names, values, fate, what = (cell.strip() for cell in line.split(" ; "))
        rows |= {name: Row(name, values, fate, what) for name in names.split()}
    return rows


PROJECT = table("""
project.type ; … ; done ; book; other types are Quarto's own
project.output-dir ; text ; done ; the folder of the finished book
project.execute-dir ; file|project ; done ; where cells run
project.resources ; text|list ; done ; files that the site serves as they are
project.preview project.lib-dir project.render ; … ; look ; of Quarto's own tools
project.pre-render ; … ; refused ; press runs no scripts: run it yourself, before or after
project.post-render ; … ; done ; src/press/after_quarto.py alone, which adds notebooks and wheel to Quarto's pages
book.title book.subtitle ; text ; done ; Markdown, on the cover of site and PDF
book.author book.author.name ; … ; done ; on the cover, with affiliations
book.author.affiliation book.author.affiliations book.author.affiliation.name book.author.affiliations.name ; … ;
    done ; after the name
book.author.email book.author.orcid book.author.url book.author.corresponding book.author.degrees ; … ; look ; press
    shows names and affiliations
book.author.affiliation.* book.author.affiliations.* ; … ; look ; press shows an affiliation by its name
book.date ; text ; done ; a date as in 2026-11-26 or 11/26/2026, today, last-modified, or words
book.description ; text ; done ; what search engines are told
book.abstract book.doi ; text ; refused ; write it on the first page
book.chapters book.appendices ; list ; done ; files and parts, in the order of reading
book.chapters.* book.appendices.* ; … ; done ; part, with its chapters
book.output-file ; text ; done ; the name of the PDF
book.downloads ; pdf|list ; done ; the PDF, which every page offers
book.site-url ; text ; done ; canonical links and the site map
book.repo-url ; text ; done ; a link to the source in the bar
book.author-meta book.date-meta book.description-meta book.title-meta ; … ; look ; for search engines
book.repo-actions book.repo-branch book.repo-subdir book.repo-link-target book.issue-url ; … ; look ; links beside
    the page's contents
book.image book.image-alt ; text ; done ; what a link to the book shows, and its words; needs book.site-url
book.cover-image book.cover-image-alt book.favicon ; … ; look ; pictures of Quarto's frame
book.page-footer book.page-footer.left book.page-footer.center book.page-footer.right ; text|list ; done ; Markdown, or
    links with text and href, at the foot of each page
book.page-footer.border book.page-footer.background book.page-footer.foreground ; … ; look ; its colours
book.page-footer.*.text book.page-footer.*.href book.page-footer.*.icon book.page-footer.*.aria-label ; … ; look ; parts
    of its links
book.body-footer book.body-header book.margin-header book.margin-footer ; … ; look ; words of
    Quarto's frame
book.navbar book.sidebar book.search book.reader-mode book.page-navigation book.bread-crumbs
    book.back-to-top-navigation ; … ; look ; ways about in Quarto's frame
book.open-graph book.twitter-card ; true ; done ; every page tells its title, description and picture
book.sharing book.google-analytics book.cookie-consent book.comments ; … ; look ; of other hosts, of which a page asks
    nothing
book.announcement ; … ; refused ; write it on the first page
profile.default profile.group ; text|list ; done ; settings from _quarto-NAME.yml
""")

# At the top of `_quarto.yml`, under format.html and format.typst, and in a chapter's front matter.
OPTIONS = table("""
lang ; text ; done ; the language of hyphens, quotation marks and the words that press adds: en or de
bibliography ; text|list ; done ; .bib, .json or .yaml files
csl ; text ; done ; the style of citations
nocite ; text ; done ; works to be listed though uncited
link-citations citeproc ; true ; done ; each citation leads to its work
title subtitle description date author keywords ; … ; done ; of a chapter, in its front matter
abstract date-format ; … ; refused ; write it as the reader shall see it
date-modified categories image image-alt order aliases tags subject ; … ; look ; what Quarto keeps about a page
engine ; jupyter|markdown|knitr ; look ; cells run in a Jupyter kernel for Python
jupyter ; python3 ; look ; the kernel is that of press's own Python, whatever name another has
jupyter.* ipynb-shell-interactivity ; … ; refused ; press runs the kernel python3
knitr julia knitr.* julia.* ; … ; look ; of cells in other languages, which press does not run
toc ; true|false ; done ; the page's contents beside it; the PDF's before it
toc-depth ; number ; done ; how deep the page's contents go
toc-title ; text ; done ; the words above the page's contents
toc-expand toc-location toc-indent ; … ; look ; how Quarto shows the contents
number-sections ; true|false ; done ; numbers of chapters and sections
number-depth ; number ; done ; how deep sections have numbers
shift-heading-level-by number-offset top-level-division section-numbering ; … ; refused ; chapters begin with # and
    are counted through
crossref crossref.* ; … ; refused ; press names and numbers as Quarto does without settings
fig-width fig-height ; number ; done ; the size of figures, in inches
fig-align ; left|center|right|default ; done ; where figures stand
fig-format fig-dpi fig-asp fig-responsive fig-retina dev dpi ; … ; look ; of pixels, or of R's figures: press draws SVG
fig-cap-location tbl-cap-location ; top|bottom ; done ; where captions stand
df-print ; … ; look ; of data frames in R
tbl-colwidths ; … ; refused ; write it where the table is: ': caption {tbl-colwidths="[20,80]"}'
filters ; list ; done ; Lua filters, each {at: pre-ast, path: …}: later, callouts and figures are Quarto's own objects
filters.at filters.path ; … ; done ; where it runs, and its file
html-math-method ; mathml ; look ; press writes MathML, which needs no script
html-math-method.* ; … ; look ; press writes MathML, which needs no script
css ; text|list ; done ; style sheets of the book
include-in-header ; … ; done ; HTML for the page's head: meta, link and style; scripts of other hosts are refused
include-before-body include-after-body ; … ; done ; HTML at the page's start or end
header-includes ; … ; refused ; include-in-header takes HTML
template template-partials ; … ; look ; the frame of Quarto's pages
resources ; text|list ; done ; files that the site serves as they are
papersize ; a4|a5|a6|us-letter|us-legal|letter|b5 ; done ; the paper of the PDF
margin margin-left margin-right margin-top margin-bottom geometry columns mainfont monofont sansfont mathfont
    fontsize linestretch fontcolor linkcolor backgroundcolor monobackgroundcolor citecolor urlcolor colorlinks ; … ;
    look ; type and colours are press's own
theme theme.* respect-user-color-scheme brand brand-mode highlight-style syntax-highlighting body-classes max-width
    grid page-layout document-css minimal ; … ; look ; the look of Quarto's pages
title-block-style title-block-banner title-block-banner-color title-block-categories appendix-style appendix-cite-as
    ; … ; look ; the look of Quarto's title block
code-fold ; true|false|show ; done ; cells' code folds
code-summary ; text ; done ; the words that unfold it
code-annotations ; … ; look ; where explanations stand: press sets them below the code
code-copy code-overflow code-block-bg code-block-border-left code-line-numbers code-link code-tools code-tools.* ; …
    ; look ; the look of code
callout-appearance callout-icon ; … ; look ; the look of callouts
lightbox lightbox.* smooth-scroll anchor-sections tabsets citations-hover footnotes-hover crossrefs-hover
    link-external-icon link-external-newwindow link-external-filter axe ; … ; look ; what Quarto's scripts add
reference-location citation-location ; … ; look ; where notes stand
author-meta date-meta description-meta title-meta pagetitle canonical-url ; … ; look ; for search engines
cover-image cover-image-alt favicon search twitter-card open-graph repo-actions reader-mode google-analytics
    comments page-footer sidebar navbar ; … ; look ; of Quarto's frame
editor editor_options editor.* editor_options.* quarto-required zotero keep-md keep-ipynb keep-typ keep-tex freeze
    cache server preview-mode mermaid mermaid.* latex-auto-install latex-auto-mk embed-resources self-contained
    notebook-links notebook-view format-links other-links code-links ; … ; look ; of Quarto's tools
license copyright doi citation appendix funding thanks ; … ; look ; what Quarto tells about a page at its foot
documentclass classoption pdf-engine pdf-engine-opts biblio-style biblio-title biblatexoptions natbiboptions
    cite-method fontenc fontfamily hyperrefoptions pdf-standard codefont font-paths logo margin-geometry filecolor
    page-numbering theorem-appearance ; … ; look ; of LaTeX or of Quarto's Typst
about listing listings website manuscript params ipynb ipynb-filters shortcodes defaults metadata variables
    metadata-file metadata-files resource-path default-image-extension abbreviations extract-media from to
    output-file output-ext language dir title-prefix abstract-title identifier-prefix include-before include-after
    syntax-definition syntax-definitions indented-code-classes file-scope lof lot bibliographystyle
    citation-abbreviations
    html-table-processing ojs-engine html-q-tags ; … ; refused ; press has nothing like it
""")

# Under format.revealjs in `slides/_quarto.yml`; those of OPTIONS may stand there as well.
DECK = table("""
width height ; number ; done ; the size of a slide, in pixels, on the screen and in the PDF
margin min-scale max-scale ; number ; done ; given to reveal.js as they are
controls progress slide-number hash history center overview touch loop mouse-wheel hide-inactive-cursor
    pause fragment-in-url pdf-separate-fragments jump-to-slide ; true|false|text ; done ; given to reveal.js as they are
transition background-transition transition-speed navigation-mode controls-layout controls-tutorial view ; text|false ;
    done ; given to reveal.js as they are
auto-stretch ; true ; done ; a slide's only picture takes the room that is left
slide-level ; 2 ; done ; slides begin with ##
incremental ; false ; done ; a list comes item by item where it stands in ::: {.incremental}
menu chalkboard preview-links code-line-numbers scrollable smaller ; … ; look ; what Quarto's own plugins add
multiplex revealjs-plugins revealjs-url footer logo parallax-background-image title-slide-attributes auto-slide
    ; … ; refused ; press has nothing like it
""")

# Under `execute` and, as `#| name: value`, in a cell.
EXECUTE = table("""
echo ; true|false|fenced ; done ; whether code is shown
eval ; true|false ; done ; whether it runs
output ; true|false|asis ; done ; whether results are shown, or are Markdown
include ; true|false ; done ; whether a reader sees anything of it
warning ; true|false ; done ; whether warnings are shown
error ; true|false ; done ; whether a cell may fail: its error is shown
enabled ; true|false ; done ; whether anything runs
code-fold ; true|false|show ; done ; the code folds
code-summary ; text ; done ; the words that unfold it
fig-width fig-height ; number ; done ; the size of figures, in inches
fig-align ; left|center|right|default ; done ; where the figure stands
freeze cache daemon daemon-restart debug ; … ; look ; press keeps results by content
keep-md keep-ipynb ; … ; look ; of Quarto's tools
message fig-dpi fig-asp fig-show fig-format fig-retina fig.width fig.height fig.asp fig.align fig.show fig.retina
    fig.cap out.width dev dpi comment collapse tidy tidy-opts cache-lazy prompt strip-white ; … ; look ; of R's
    cells
""")

CELL = table("""
label ; text ; done ; its name: fig-… or tbl-… to refer to it
id ; text ; refused ; give a label
fig-cap tbl-cap ; text|list ; done ; the caption; a list is one for each result
fig-subcap tbl-subcap ; list|true ; done ; captions of (a), (b), …
fig-alt ; text|list ; done ; what the figure shows, for who cannot see it
out-width out-height ; text|number ; done ; how large the figure stands on the page
layout-ncol layout-nrow ; number ; done ; results side by side
layout ; … ; done ; rows of results, each with its share of the width
layout-valign layout-align ; … ; look ; how they stand in their row
column fig-column tbl-column ; margin|body|page|screen|body-outset|page-right|body-right|page-inset|screen-inset ;
    done ; margin: in the margin; wider columns are Quarto's look
fig-cap-location tbl-cap-location ; top|bottom ; done ; where the caption stands
tbl-colwidths ; … ; refused ; a cell's table has widths of its own
classes ; text|list ; done ; names for style sheets
code-overflow code-line-numbers fig-env fig-pos fig-scap class-source class-output attr-source attr-output tags
    export slideshow ; … ; look ; how code is shown, or of LaTeX
filename ; text ; done ; a name above the code
code-annotations ; … ; look ; where explanations stand: press sets them below the code
lst-label lst-cap ; text ; refused ; press does not number listings
panel renderings fig-link child file content ; … ; refused ; write the Markdown itself
""")

# Of divs, spans, headings, pictures, links and code blocks. Any other attribute is HTML's own, and kept.
ATTRIBUTES = table("""
fig-alt alt ; text ; done ; what a picture shows
fig-align ; left|center|right|default ; done ; where it stands
fig-cap ; text ; done ; the caption of a div that is a figure
fig-cap-location tbl-cap-location ; top|bottom ; done ; where the caption stands
width height ; text ; done ; how large it stands
layout-ncol layout-nrow ; text ; done ; contents side by side
layout ; text ; done ; rows, each with its share of the width: [[1,2],[1]]
layout-valign layout-align ; … ; look ; how contents stand in their row
tbl-colwidths ; text ; done ; the widths of a table's columns
tbl-cap ; text ; refused ; write ': caption {#tbl-x}' below the table
when-format unless-format ; html|typst|pdf|html:js ; done ; for one format only
when-profile unless-profile ; text ; done ; for one profile only
when-meta unless-meta ; text ; refused ; use when-profile
collapse title name ; … ; done ; of callouts and exercises
appearance icon ; … ; look ; the look of a callout
group ; … ; look ; tabs that change together
filename code-fold code-summary ; … ; done ; as in a cell
code-line-numbers code-overflow fig-env fig-pos fig-scap fig-link-target lightbox loading ; … ; look ; how Quarto
    shows it
description desc ; … ; look ; of lightboxes
""")

# Names to which Quarto gives a meaning. Any other class is a name for style sheets, and kept.
CLASSES = table("""
panel-tabset ; … ; done ; alternatives, each under its heading
content-visible content-hidden ; … ; done ; for some formats or profiles only
callout-note callout-tip callout-warning callout-important callout-caution ; … ; done ; boxes
column-margin aside ; … ; done ; in the margin of a page, small in the PDF
columns column ; … ; done ; side by side, each with its width
unnumbered unlisted ; … ; done ; of headings
column-body column-page column-screen column-body-outset column-page-inset column-screen-inset
    column-body-outset-left column-body-outset-right column-page-left column-page-right column-page-inset-left
    column-page-inset-right column-screen-left column-screen-right column-screen-inset-left
    column-screen-inset-right column-screen-inset-shaded ; … ; look ; wider than the text
lightbox fig-cap-location-margin nonincremental quarto-figure figure-caption grid g-col ; … ; look ; the look of
    Quarto's pages
hidden ; … ; refused ; use content-hidden
""")

# Those that only decks know, besides.
DECK_CLASSES = table("""
notes ; … ; done ; what the speaker reads: in the speaker's view, and in the PDF of notes
fragment ; … ; done ; comes at a click; in the PDF it is there
incremental nonincremental ; … ; done ; a list whose items come one by one, and one whose items do not
r-stretch ; … ; done ; takes the room that is left
smaller ; … ; done ; of a slide: smaller type
question ; … ; done ; set apart, in larger type
r-fit-text r-stack r-hstack r-vstack absolute scrollable ; … ; refused ; use columns, and less on a slide
""")

SHORTCODES = table("""
include ; … ; done ; the file stands here
meta var ; … ; done ; a value of _quarto.yml and the front matter, or of _variables.yml
pagebreak ; … ; done ; a new page in the PDF
""")
