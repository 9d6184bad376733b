"""A web server for a built book and a real browser to read it with: Debian's Chromium, driven by Playwright."""

import os

# Before numpy is loaded: one thread a worker, as in the book's kernels. Two workers whose BLAS takes two threads each
# wait for one another on a machine of two cores, and the tests take ten times as long.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import contextlib
import functools
import http.server
import shutil
import threading

import pytest


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def _served(folder):
    """Serve a folder on a free local port; gives its address, without a slash at the end."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def serve():
    """`with serve(folder) as address:` serves a folder on a free local port."""
    return _served


# Module scope: Playwright's event loop must be gone before another test of the worker builds a book.
@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if not chromium:
        message = "the browser tests need Debian's chromium"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


class Reader:
    """A page in a browser that notes what should not happen: errors, requests to other hosts."""

    def __init__(self, browser, address, width=1280, height=900, theme="light", **settings):
        self.address = address
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce", **settings
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.faults = []
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda r: None if self._own(r.url) else self.faults.append(f"asks for {r.url}"))
        self.page.on("response", lambda r: self.faults.append(f"{r.status} {r.url}") if r.status >= 400 else None)

    def _own(self, url):
        return url.startswith((self.address, "data:", "blob:"))

    def open(self, path):
        self.page.goto(f"{self.address}/{path}", wait_until="load")
        return self.page


@pytest.fixture
def reader(browser):
    """Make readers: `reader(address, width=390, theme="dark")`."""
    readers = []

    def make(address, **settings):
        readers.append(Reader(browser, address, **settings))
        return readers[-1]

    yield make
    for one in readers:
        one.context.close()


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def axe():
    """`axe(page)` gives what axe-core finds at fault on a page, a line each; `only` and `within` narrow the search.

    A response with violations alone takes half of the time that all which was looked at takes.
    """
    from axe_playwright_python.sync_playwright import Axe

    def run(page, only=None, within=None):
        options = {"resultTypes": ["violations"], "runOnly": only or {"type": "tag", "values": WCAG}}
        found = Axe().run(page, context=within, options=options).response["violations"]
        return [f"{f['id']} ({f['help']}) at {[node['html'][:120] for node in f['nodes'][:3]]}" for f in found]

    return run
