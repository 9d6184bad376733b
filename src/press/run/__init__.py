"""Run: the chapters' cells and inline code, and their results.

`execute` runs several chapters at a time and keeps results by content, so that only what changed runs again: the
chapter's code, hlm, the data, the locked packages. `kernel` runs one chapter in a Jupyter kernel of its own and says
plainly which cell failed, hung or died; where many have to run, `nursery` has done their imports once. `outputs` makes
of the kernel's messages the same outputs on any machine. They are Jupyter's; no Markdown is made here.
"""
