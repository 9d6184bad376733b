"""The outputs of a cell do not depend on how fast the machine is that runs it."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from press.read.project import Entry
from press.read.source import Cell, Source
from press.run.execute import SETUP
from press.run.kernel import run_chapter
from press.run.outputs import on_a_terminal, settled

TEXTS = st.text(st.sampled_from("ab \n\r\x1b[1mä"), min_size=1, max_size=12)
DISPLAY = st.builds(lambda text: {"output_type": "display_data", "data": {"text/plain": text}}, TEXTS)
PRINTED = st.tuples(st.sampled_from(["stdout", "stderr"]), TEXTS)


def stream(name, text):
    return {"output_type": "stream", "name": name, "text": text}


@given(st.lists(DISPLAY | PRINTED), st.data())
def test_messages_split_and_mixed_by_any_clock_are_the_same_outputs(events, data):
    """Each stream keeps its own order; how it is split, and how the two are mixed between displays, is time's doing."""
    one, other = [], []
    waiting = {"stdout": [], "stderr": []}

    def flush(mixed):
        pieces = {name: [c for text in texts for c in split(text)] for name, texts in waiting.items()}
        while any(pieces.values()):
            name = data.draw(st.sampled_from([name for name in pieces if pieces[name]]))
            mixed.append(stream(name, pieces[name].pop(0)))
        for name, texts in waiting.items():
            one.extend(stream(name, text) for text in texts)
            texts.clear()

    def split(text):
        cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
        return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    for event in events:
        if isinstance(event, dict):
            flush(other)
            one.append(event)
            other.append(event)
        else:
            waiting[event[0]].append(event[1])
    flush(other)
    assert settled(one) == settled(other)
    assert all(
        a["output_type"] != "stream" or b["output_type"] != "stream" or (a["name"], b["name"]) == ("stdout", "stderr")
        for a, b in zip(settled(one), settled(one)[1:], strict=False)
    )


def test_a_line_that_is_written_over_shows_what_a_terminal_shows():
    bar = "".join(f"\r{i:3}%|{'#' * (i // 10):<10}|" for i in (0, 30, 100))
    assert on_a_terminal(f"start\n{bar}\nend\n") == "start\n100%|##########|\nend\n"
    assert on_a_terminal("a longer line\rshort") == "shortger line"
    assert on_a_terminal("windows\r\nlines\r\n") == "windows\nlines\n"


SLOW = """
import os, sys, time
from IPython.display import display
print("one", end="", flush=True)
time.sleep({pause})
print("two", file=sys.stderr, flush=True)
print("three")
os.system("echo four; sleep {pause}; echo five")
handle = display("six", display_id=True)
print("seven")
time.sleep({pause})
handle.update("eight")
for i in range(3):
    print(f"\\r{{i}}/2", end="", flush=True)
    time.sleep({pause})
"""


def test_a_kernel_that_pauses_gives_what_one_gives_that_does_not(tmp_path):
    def outputs(pause):
        cell = Cell(1, SLOW.format(pause=pause))
        source = Source(Entry("a.qmd", 1), "", {}, [cell, Cell(1, "print('next')")])
        return asyncio.run(run_chapter(source, tmp_path, {}, SETUP.format(size=(7, 5)), 60, print, print))

    fast, slow = outputs(0), outputs(0.3)
    assert fast == slow
    first, following = fast
    assert [o.get("text") or o["data"]["text/plain"] for o in first] == [
        "onethree\n",
        "two\n",
        "'eight'",
        "seven\n2/2four\nfive\n",
    ]
    assert [o["text"] for o in following] == ["next\n"]
