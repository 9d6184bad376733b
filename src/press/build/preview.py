"""Serve the book on this machine, build it again when a source changes, and have open pages reload themselves."""

from __future__ import annotations

import functools
import http.server
import sys
import threading
import time
from pathlib import Path

from ..problems import BookError
from ..read.project import read_project
from .book import build
from .stamp import inputs

SCRIPT = b'new EventSource("/press-preview").onmessage = () => location.reload();\n'
TAG = b'<script src="/press-preview.js" defer></script>\n</head>'


def preview(root: Path, port: int = 4200, say=print, stop: threading.Event | None = None) -> None:
    """Serve and watch until interrupted (or until `stop` is set). Problems are shown; the last good book stays."""
    stop = stop or threading.Event()
    rebuilt = threading.Condition()
    current = _build(root, say)
    handler = functools.partial(_Handler, rebuilt, stop, directory=str(read_project(root).book))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say(f"The book is at http://127.0.0.1:{server.server_port}/ and follows your edits. Ctrl-C ends it.")
        try:
            while not stop.wait(0.4):
                if _state(root) != current:
                    time.sleep(0.1)  # an editor may still be writing
                    current = _build(root, say)
                    with rebuilt:
                        rebuilt.notify_all()
        except KeyboardInterrupt:
            say("")
        server.shutdown()


def _state(root: Path) -> str:
    try:
        return inputs(read_project(root))
    except (BookError, OSError) as error:
        return str(error)


def _build(root: Path, say) -> str:
    """Build; the state of the sources that it was built from, whether or not it came to an end."""
    state, started = _state(root), time.monotonic()
    try:
        build(root, say)
        say(f"Built in {time.monotonic() - started:.1f} s.")
    except BookError as error:
        print(error, file=sys.stderr, flush=True)
    return state


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, rebuilt: threading.Condition, stop: threading.Event, *args, **settings):
        self.rebuilt, self.stop = rebuilt, stop
        super().__init__(*args, **settings)

    def do_GET(self) -> None:
        if self.path == "/press-preview":
            self._events()
        elif self.path == "/press-preview.js":
            self._answer(SCRIPT, "text/javascript")
        else:
            file = Path(self.translate_path(self.path))
            file = file / "index.html" if file.is_dir() else file
            if file.suffix == ".html":
                lost = not file.is_file()
                page = (Path(self.directory) / "404.html" if lost else file).read_bytes()
                self._answer(page.replace(b"</head>", TAG, 1), "text/html; charset=utf-8", 404 if lost else 200)
            else:
                super().do_GET()

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _events(self) -> None:
        """One message for each build that ends while the page is open."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        try:
            while not self.stop.is_set():
                with self.rebuilt:
                    news = self.rebuilt.wait(15)
                self.wfile.write(b"data: built\n\n" if news else b": still here\n\n")
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the page was closed

    def log_message(self, *args) -> None:
        pass
