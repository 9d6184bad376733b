"""How the kernels of the book show what a cell gives: `_environment` makes this folder IPython's own.

Without HTML: for any output that carries it, even a hidden one, Quarto has the page load scripts from another host.
Without a history: nothing is to be written here.
"""

c = get_config()  # noqa: F821
c.DisplayFormatter.active_types = [
    "text/plain",
    "text/markdown",
    "text/latex",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
]
c.HistoryManager.enabled = False
