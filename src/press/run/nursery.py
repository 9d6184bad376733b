"""Kernels that need not import: one process has imported what all chapters do, and each kernel begins as its copy.

To start Python and to import the same packages takes most of the time of a chapter whose cells are quick. The process
here does it once, and forks. A copy shares nothing with the next one, so that a chapter's cells still see no other's.

Where it is not certain to be the same as a kernel of its own, there is no nursery: off Linux, with a kernel of the
reader's own making, or if what was imported has started threads, which a copy would lack.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL

OWN = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]  # the kernel that comes with ipykernel
NEEDED = ("ipykernel.kernelapp", "matplotlib.pyplot")  # by every kernel's setup
# What ipykernel sets where nothing is set; Matplotlib reads it when it is imported, which here is earlier. The module
# itself looks for IPython when it is imported, and so it is not.
BACKEND = "module://matplotlib_inline.backend_inline"
IMPORT = re.compile(r"^import (\w+)(?: as (\w+))?$", re.M)
HARMLESS = "jemalloc_bg_thd"  # PyArrow's allocator, which is told of forks and does without its thread in a copy
PATIENCE = 60  # seconds until kernels start without it

# What Jupyter starts, stops and waits for in the place of a kernel: it is there as long as the copy is.
CALL = """\
import json, os, socket, sys
call = socket.socket(socket.AF_UNIX)
call.connect(sys.argv[1])
call.sendall(json.dumps([sys.argv[2], os.getcwd(), dict(os.environ)]).encode() + b"\\n")
call.recv(1)
"""


@contextmanager
def nursery(cells: Iterable[str], variables: dict[str, str]) -> Iterator[list[str]]:
    """The command that starts a kernel, `{connection_file}` in it, or nothing if kernels are to start as ever.

    Args:
        cells: the code of each document that is to run; what all of them import is imported.
        variables: the environment of the kernels.
    """
    if not _is_certain():
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="press-") as place:
        address = os.path.join(place, "call")
        command = [sys.executable, "-m", "press.run.nursery", address, *_imported_by_all(list(cells))]
        process = subprocess.Popen(command, env=variables, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
        try:
            until = time.monotonic() + PATIENCE
            while not os.path.exists(address) and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            yield [sys.executable, "-I", "-S", "-c", CALL, address, "{connection_file}"] if _hears(address) else []
        finally:
            process.terminate()
            process.wait()


def _is_certain() -> bool:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return False
    return sys.platform == "linux" and [Path(spec.argv[0]).name, *spec.argv[1:]] == OWN and not spec.env


def _hears(address: str) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as call:
        call.connect(address)
        return True
    return False


def _imported_by_all(cells: list[str]) -> list[str]:
    """What every document imports, and the modules in it that any of them names: `hlm`, `hlm.plots`."""
    imported = [dict(IMPORT.findall(code)) for code in cells]
    common = set.intersection(*map(set, imported)) if imported else set()
    names = dict.fromkeys(sorted(common))
    for code, found in zip(cells, imported, strict=True):
        for name in sorted(common):
            for part in re.findall(rf"\b{found[name] or name}\.(\w+)", code):
                names[f"{name}.{part}"] = None
    return list(names)


def serve(address: str, names: list[str]) -> None:
    """Import, and then give each caller a kernel, until the process that has started this one is gone."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this process in good order
    os.environ.setdefault("MPLBACKEND", BACKEND)
    for name in (*NEEDED, *names):
        with suppress(Exception):  # a cell that imports it will say what is wrong
            if importlib.util.find_spec(name):
                importlib.import_module(name)
    if _threads() - {HARMLESS}:
        os._exit(0)  # to return would be to wait until they end
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    born: dict[int, socket.socket] = {}
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen(64)
            while os.getppid() == parent:
                _attend(listener, born)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would spare the rest
        for kernel in born:
            _end(kernel)


def _attend(listener: socket.socket, born: dict[int, socket.socket]) -> None:
    """Bear a kernel for each caller, end those whose caller was ended, and hang up for those that have ended."""
    for heard in select.select([listener, *born.values()], [], [], 0.05)[0]:
        if heard is listener:
            call, _ = listener.accept()
            if (kernel := _bear(call, [listener, *born.values()])) is not None:
                born[kernel] = call
        else:
            _end(next(kernel for kernel, call in born.items() if call is heard))
    for kernel in list(born):
        if os.waitpid(kernel, os.WNOHANG)[0]:
            born.pop(kernel).close()


def _threads() -> set[str]:
    """The names of this process's threads, but for the first."""
    tasks = Path("/proc/self/task")
    return {(task / "comm").read_text().strip() for task in tasks.iterdir() if task.name != str(os.getpid())}


def _bear(call: socket.socket, others: list[socket.socket]) -> int | None:
    """The process of a new kernel; None if the caller has said nothing."""
    with call.makefile("rb") as said:
        line = said.readline()
    if not line:
        call.close()
        return None
    if (kernel := os.fork()) > 0:
        return kernel
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for other in (call, *others):
            other.close()
        _be_a_kernel(*json.loads(line))
        status = 0
    finally:
        os._exit(status)


def _be_a_kernel(connection: str, folder: str, variables: dict[str, str]) -> None:
    from ipykernel import kernelapp

    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables, JPY_PARENT_PID=str(os.getppid()))
    if sys.path[0] in ("", os.getcwd()):  # as ipykernel_launcher does
        del sys.path[0]
    sys.argv = ["ipykernel_launcher.py", "-f", connection]
    kernelapp.launch_new_instance()


def _end(kernel: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(kernel, signal.SIGKILL)


if __name__ == "__main__":
    del sys.path[0]  # the folder that it was started in
    serve(sys.argv[1], sys.argv[2:])
