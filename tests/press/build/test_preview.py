"""The preview: what is saved is seen, in the page that is open. Nothing here waits for a time, only for what comes."""

import contextlib
import os
import re
import shutil
import socket
import threading
import urllib.request

import pytest

from press.build import preview as previews
from press.build.preview import preview
from press.problems import BookError

LONG = 120_000  # milliseconds: more than any machine needs


@contextlib.contextmanager
def previewed(root):
    """Preview this book: gives the address, and what the preview says."""
    said, stop, ready = [], threading.Event(), threading.Event()

    def say(line):
        said.append(line)
        if "http://" in line:
            ready.set()

    thread = threading.Thread(target=preview, args=(root, 0, say, stop))
    thread.start()
    try:
        assert ready.wait(LONG / 1000)
        yield re.search(r"http://[\d.:]+", said[0])[0], said
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def root(built, tmp_path):
    shutil.copytree(built, tmp_path / "book")
    return tmp_path / "book"


def replace(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_an_open_page_follows_edits_and_shows_mistakes_until_they_are_mended(root, reader, capfd):
    with previewed(root) as (address, said):
        me = reader(address)
        me.page.set_default_timeout(LONG)
        page = me.open("chapters/a-proofs.html")
        chapter = root / "chapters/a-proofs.qmd"
        replace(chapter, "It follows", "It clearly follows")
        page.get_by_text("It clearly follows").wait_for()
        assert not any("ran " in line for line in said)  # words run no cell
        replace(chapter, "clearly", "see @fig-none, clearly")
        page.get_by_text("chapters/a-proofs.qmd:5: @fig-none refers to nothing").wait_for()
        assert page.get_by_text("It clearly follows").is_visible()  # the last good page
        me.open("chapters/01-one.html").get_by_text("@fig-none refers to nothing").wait_for()
        replace(chapter, "see @fig-none, ", "very ")
        page.get_by_text("@fig-none").wait_for(state="detached")
        me.open("chapters/a-proofs.html").get_by_text("It very clearly follows").wait_for()
        assert me.faults == []
    assert "a-proofs.qmd:5: @fig-none" in capfd.readouterr().err


def test_the_old_book_is_served_while_the_first_build_runs(root, monkeypatch):
    release = threading.Event()

    def slow(*given, **named):
        release.wait(LONG / 1000)
        raise BookError("released")

    monkeypatch.setattr(previews, "build", slow)
    with previewed(root) as (address, _):
        assert b"This sample has a figure" in urllib.request.urlopen(f"{address}/index.html").read()
        release.set()


@pytest.mark.parametrize("broken", ["index.qmd", "_quarto.yml"])
def test_if_the_first_build_fails_the_page_says_so_and_then_shows_the_book(root, reader, broken):
    shutil.rmtree(root / "_book")
    good = (root / broken).read_text()
    (root / broken).write_text("# Preface\n\n@fig-none\n" if broken == "index.qmd" else good + "bibliograpy: x.bib\n")
    with previewed(root) as (address, _):
        page = reader(address).open("index.html")
        page.set_default_timeout(LONG)
        page.get_by_text(
            "@fig-none refers to nothing" if broken == "index.qmd" else "press does not know bibliograpy"
        ).wait_for()
        (root / broken).write_text(good)
        page.get_by_text("This sample has a figure").wait_for()


def test_a_taken_port_is_told_before_anything_is_built(root, monkeypatch):
    monkeypatch.setattr(previews, "build", None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        holder = rf"(, by \S+ \(process {os.getpid()}\))?"
        with pytest.raises(BookError, match=rf"Port {port} is taken{holder}\. .*make preview PORT={port + 1}"):
            preview(root, port)
    with pytest.raises(BookError, match="70000 is no port"):
        preview(root, 70000)


def test_odd_requests_and_readers_who_leave_are_nothing_to_report(root, capfd):
    with previewed(root) as (address, _):
        host, port = address.removeprefix("http://").split(":")

        def ask(request, wait=True):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(request)
                return connection.recv(100) if wait else b""

        for path in (
            b"/%00",
            b"/" + b"a" * 3000,
            b"/../../etc/passwd",
            b"/..%2f..%2fetc/passwd",
            b"/%ff%fe",
            b"/index.html/x",
        ):
            assert b" 404 " in ask(b"GET " + path + b" HTTP/1.0\r\n\r\n"), path
        for _ in range(20):
            ask(b"GET /index.html HTTP/1.0\r\n\r\n", wait=False)
            ask(b"GET /press-preview HTTP/1.0\r\n\r\n", wait=False)
        ask(b"\x16\x03\x01 nonsense\r\n\r\n", wait=False)
        assert b" 200 " in ask(b"GET /index.html HTTP/1.0\r\n\r\n")
    assert "Traceback" not in capfd.readouterr().err


def test_a_lost_page_is_said_to_be_lost(root, reader):
    with previewed(root) as (address, _):
        me = reader(address)
        me.open("nowhere.html").get_by_text("There is no such page").wait_for()
        assert "404" in "".join(me.faults)
