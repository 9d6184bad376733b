"""The preview: what is saved is seen, in the page that is open."""

import re
import shutil
import threading
import time

import pytest

from press.build.preview import preview


@pytest.fixture
def previewed(built, tmp_path):
    """A sample under preview: its root, its address, and what the preview says."""
    root, said, stop = tmp_path / "book", [], threading.Event()
    shutil.copytree(built, root)
    thread = threading.Thread(target=preview, args=(root, 0, said.append, stop))
    thread.start()
    while not any("http://" in line for line in said):
        assert thread.is_alive()
        time.sleep(0.05)
    yield root, re.search(r"http://[\d.:]+", said[-1])[0], said
    stop.set()
    thread.join()


def test_an_open_page_follows_an_edit(previewed, reader):
    root, address, said = previewed
    me = reader(address)
    page = me.open("chapters/a-proofs.html")
    chapter = root / "chapters/a-proofs.qmd"
    chapter.write_text(chapter.read_text().replace("It follows", "It clearly follows"))
    page.get_by_text("It clearly follows").wait_for()
    assert not any("ran " in line for line in said)  # words run no cell
    assert me.faults == []


def test_a_mistake_is_told_and_the_last_good_page_stays(previewed, reader, capfd):
    root, address, _ = previewed
    page = reader(address).open("index.html")
    index = root / "index.qmd"
    good = index.read_text()
    index.write_text(good + "\nSee @fig-none.\n")
    said = ""
    for _ in range(100):
        time.sleep(0.1)
        said += capfd.readouterr().err
        if "index.qmd:9: @fig-none refers to nothing" in said:
            break
    assert "index.qmd:9: @fig-none refers to nothing" in said
    index.write_text(good + "\nAll is well.\n")
    page.get_by_text("All is well.").wait_for()


def test_a_lost_page_is_said_to_be_lost(previewed, reader):
    me = reader(previewed[1])
    me.open("nowhere.html").get_by_text("There is no such page").wait_for()
    assert "404" in "".join(me.faults)
