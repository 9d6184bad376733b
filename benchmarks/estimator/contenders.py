"""The programs side by side: each a worker process that stays, so that starting it is not counted."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = HERE / ".venv"  # the environment of the programs that hlm does not need


class TooSlow(Exception):
    """A worker did not answer within the limit; it has been stopped."""


class Contender:
    """A program and its worker. `ask` sends it a request and waits for the answer."""

    def __init__(self, name: str, command: list[str]):
        self.name, self.command = name, command
        self.process: subprocess.Popen[str] | None = None
        self.versions: dict[str, str] = {}
        self.data: Path | None = None

    def read(self, data: Path) -> None:
        self.data = data
        self.versions = self.ask({"do": "read", "path": str(data)})["versions"]

    def ask(self, request: dict[str, Any], limit: float = 600.0) -> dict[str, Any]:
        """The worker's answer.

        Raises:
            TooSlow: it took more than `limit` seconds. RuntimeError: the worker failed, with what it said.
        """
        if self.process is None:
            self._start()
            if request["do"] != "read":
                self.read(self.data)
        print(json.dumps(request), file=self.process.stdin, flush=True)
        try:
            line = self.lines.get(timeout=limit)
        except queue.Empty:
            self.stop()
            raise TooSlow(self.name) from None
        if not line:
            raise RuntimeError(f"{self.name}: its worker ended (status {self.process.wait()})")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.name}, {request['do']}: {answer['error']}")
        return answer

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _start(self) -> None:
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines: queue.Queue[str] = queue.Queue()

        def listen(stream, lines) -> None:
            for line in stream:
                lines.put(line)
            lines.put("")

        threading.Thread(target=listen, args=(self.process.stdout, self.lines), daemon=True).start()


def contenders() -> list[Contender]:
    """All programs that this machine can run; hlm first."""
    ours, peers = sys.executable, python_of_peers()

    def worker(python: str | Path, file: str, *arguments: str) -> list[str]:
        return [str(python), str(HERE / file), *arguments]

    found = [
        Contender("hlm", worker(ours, "worker_hlm.py")),
        Contender("statsmodels, default", worker(ours, "worker_statsmodels.py")),
        Contender("statsmodels, powell", worker(ours, "worker_statsmodels.py", "powell")),
        Contender("lme-python", worker(peers, "worker_lme_python.py")),
        Contender("mixedlm", worker(peers, "worker_mixedlm.py")),
    ]
    if shutil.which("Rscript"):
        found.append(Contender("lme4 (R)", ["Rscript", str(HERE / "worker_r.R")]))
    else:
        print("Rscript is not installed: lme4 is left out", file=sys.stderr)
    return found


def python_of_peers() -> Path:
    """The interpreter of the peers' environment, which is made first if it is not there or its pins have changed."""
    pins, ready = HERE / "requirements.txt", PEERS / "ready"
    python = PEERS / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not ready.exists() or ready.stat().st_mtime < pins.stat().st_mtime:
        print("Setting up the other programs (once)", file=sys.stderr)
        venv.create(PEERS, with_pip=True, clear=True)
        options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"]
        subprocess.run([python, "-m", "pip", "install", *options, "-r", pins], check=True)
        ready.touch()
    return python
