"""A web server for the preview: the book's files as they are, and in each page a script that follows the builds."""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
from pathlib import Path

from ..problems import BookError

# The page asks for news: it reloads once another book is in place, and shows over itself why one is not.
SCRIPT = b"""\
const box = document.createElement("pre");
box.id = "press-problems";
box.setAttribute("role", "alert");
let shown;
new EventSource("/press-preview").onmessage = (event) => {
  const { book, problems } = JSON.parse(event.data);
  if (book !== (shown ??= book)) location.reload();
  box.textContent = problems;
  if (problems) document.body.prepend(box);
  else box.remove();
};
"""
STYLE = b"""\
#press-problems { position: sticky; top: 0; z-index: 99; margin: 0; padding: 1rem; max-height: 50vh; overflow: auto;
  white-space: pre-wrap; background: #8c1d18; color: #fff; font: 0.9rem/1.4 ui-monospace, monospace; }
"""
TAG = b'<script src="/press-preview.js" defer></script>\n<link rel="stylesheet" href="/press-preview.css">\n</head>'
NO_BOOK = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>No book yet</title>
</head><body><p>There is no such page in the book yet. It is shown here as soon as it is built.</p></body></html>
"""


class Site:
    """What is served, and the news of it: which book it is, and what is wrong with the sources now."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.problems, self.closed = "", False
        self.news = threading.Condition()

    def now(self) -> dict[str, str]:
        try:
            pages = (self.folder / "index.html").stat()  # each good build puts other pages in place, and then its PDF
        except OSError:
            return {"book": "", "problems": self.problems}
        return {"book": f"{pages.st_ino} {pages.st_mtime_ns}", "problems": self.problems}

    def tell(self, problems: str) -> None:
        """A build came to its end: well, if there are no problems."""
        with self.news:
            self.problems = problems
            self.news.notify_all()

    def close(self) -> None:
        with self.news:
            self.closed = True
            self.news.notify_all()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site, port: int):
        self.site = site
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request, client_address) -> None:
        """A reader who went away, or asked for nonsense, is nothing to report."""


def serve(site: Site, port: int) -> _Server:
    """The server, listening on this port of this machine (0: any). Raises BookError that says what holds the port."""
    if not 0 <= port < 65536:
        raise BookError(f"{port} is no port: take a number from 1024 to 65535.")
    try:
        return _Server(site, port)
    except PermissionError:
        raise BookError(f"Port {port} is for the system: take a number from 1024 to 65535.") from None
    except OSError as error:
        taken = f"Port {port} is taken{_by_whom(port)}" if _answers(port) else f"Port {port}: {error.strerror}"
        raise BookError(f"{taken}. End that, or choose another: make preview PORT={port + 1}") from None


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        asking.settimeout(1)
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _by_whom(port: int) -> str:
    """ ", by python (process 123)", where Linux tells; else nothing."""
    try:
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        sockets = {f"socket:[{f[9]}]" for f in map(str.split, lines) if int(f[1][-4:], 16) == port and f[3] == "0A"}
        for handle in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                if os.readlink(handle) in sockets:
                    process = handle.parts[2]
                    return f", by {Path('/proc', process, 'comm').read_text().strip()} (process {process})"
            except OSError:
                continue  # gone, or somebody else's
    except (OSError, ValueError, IndexError):
        pass
    return ""


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: _Server

    def __init__(self, *args):
        super().__init__(*args, directory=str(args[2].site.folder))

    def do_GET(self) -> None:
        if self.path == "/press-preview":
            self._events()
        elif self.path == "/press-preview.js":
            self._answer(SCRIPT, "text/javascript")
        elif self.path == "/press-preview.css":
            self._answer(STYLE, "text/css")
        else:
            self._file()

    def _file(self) -> None:
        try:
            file = Path(self.translate_path(self.path))
            if file.is_dir() and self.path.endswith("/"):
                file = file / "index.html"
            page = file if file.suffix == ".html" or not file.exists() else None
            lost = page is not None and not page.is_file()
        except (ValueError, OSError):  # a name that no file can have
            page, lost = None, True
        if page is None and not lost:
            super().do_GET()
        else:
            self._answer(self._page(None if lost else page), "text/html; charset=utf-8", 404 if lost else 200)

    def _page(self, file: Path | None) -> bytes:
        """The page with the preview's script in its head; for None the book's page for what is not there."""
        try:
            page = (file or Path(self.directory) / "404.html").read_bytes()
        except OSError:
            page = NO_BOOK
        return page.replace(b"</head>", TAG, 1)

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _events(self) -> None:
        """How things stand, and then each time a build has come to its end."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        site, told = self.server.site, None
        while not site.closed:
            with site.news:
                if site.now() == told and not site.closed:
                    site.news.wait(15)
                now = site.now()
            self.wfile.write(b": still here\n\n" if now == told else f"data: {json.dumps(now)}\n\n".encode())
            self.wfile.flush()
            told = now

    def log_message(self, *args) -> None:
        pass
