"""Build: the whole road, and the safety around it.

`book` tells the story: read, run, resolve, write. `swap` keeps the old book when a build is killed or fails: the new
one is made to the side and takes the old one's place in one step, one build at a time. `stamp` knows when there is
nothing to do. `preview` serves the book and builds it again as its author writes; `quarto` decides which renderer makes
the book, and makes Quarto's build as safe as press's own.
"""
