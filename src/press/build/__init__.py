"""Build: the whole road, and the safety around it.

`book` tells the story: read, run, resolve, write, proof-read. `swap` keeps the old book when a build is killed or
fails: the new one is made to the side and takes the old one's place in one step, one build at a time. `stamp` knows
when there is nothing to do. `preview` builds the book again as its author writes, and `serve` shows it meanwhile.
`quarto` decides which renderer makes the book, makes Quarto's build as safe as press's own, and adds the notebooks.
"""
