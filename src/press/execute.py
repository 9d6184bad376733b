"""Run the chapters' cells: a Jupyter kernel per chapter, several chapters at a time, results kept by content."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from subprocess import DEVNULL

from .problems import BookError, Problem
from .project import Project
from .source import Cell, Source

# A cell's result is its list of Jupyter outputs; a text's is the list of its inline expressions' Markdown.
Result = list
TIMEOUT = 300.0  # seconds a cell may run

SETUP = """\
import matplotlib.pyplot as _plt
from matplotlib_inline.backend_inline import set_matplotlib_formats as _formats
_plt.rcParams.update({{"figure.figsize": {size!r}, "savefig.dpi": "figure", "svg.fonttype": "none",
                       "svg.hashsalt": "press"}})
_formats("svg")
del _plt, _formats
"""

# The same bytes from the same sources: no hash seed, no date, no thread count may show in a result.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "IPYKERNEL_CELL_NAME": "<cell>",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "NO_COLOR": "1",
}


def execute(
    project: Project, sources: list[Source], cache: Path, say: Callable[[str], None], timeout: float = TIMEOUT
) -> dict[str, list[Result]]:
    """Results by chapter path, one per piece. Cells run only if their key (code, hlm, data, lock) is new.

    Raises BookError with one problem for each chapter whose cells fail, hang or kill their kernel.
    """
    world = fingerprint(project)
    keys = {s.path: _key(project, s, world) for s in sources}
    files = {s.path: cache / f"{s.entry.slug}-{keys[s.path]}.json" for s in sources}
    results = {path: json.loads(file.read_text("utf-8")) for path, file in files.items() if file.is_file()}
    missing = [s for s in sources if s.path not in results]
    if missing:
        results |= asyncio.run(_run_all(project, missing, files, say, timeout))
        if fingerprint(project) != world:
            for source in missing:
                files[source.path].unlink(missing_ok=True)
            raise BookError("The data or the code of hlm changed while the cells ran. Build again.")
    _forget_others(cache, keep=files.values())
    return results


def setup_code(project: Project) -> str:
    """What every kernel runs first: figures are SVG, of the book's size, the same bytes each time."""
    return SETUP.format(size=project.figure_size)


def fingerprint(project: Project) -> str:
    """A hash of all that cells can see: the project's Python code, its data, the locked packages, Python itself."""
    digest = hashlib.sha256(f"{platform.python_version()} {SETUP} {ENVIRONMENT} {project.figure_size}".encode())
    watched = [project.root / "requirements.txt"]
    watched += (project.root / "src" / "hlm").rglob("*.py")
    watched += (f for f in (project.root / "data").rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    for file in sorted(watched):
        if file.is_file():
            digest.update(f"\0{file.relative_to(project.root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _key(project: Project, source: Source, world: str) -> str:
    steps = [[p.code, p.options.get("eval", True)] if isinstance(p, Cell) else p.expressions for p in source.pieces]
    text = json.dumps([world, str(_folder(project, source).relative_to(project.root)), steps])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _folder(project: Project, source: Source) -> Path:
    return project.root if project.execute_in_root else (project.root / source.path).parent


def _forget_others(cache: Path, keep: Iterable[Path]) -> None:
    """Keep the newest results of the book and the twenty last used others (an edit taken back costs nothing)."""
    others = [f for f in cache.glob("*.json") if f not in set(keep)]
    for file in sorted(others, key=lambda f: f.stat().st_mtime)[:-20]:
        file.unlink(missing_ok=True)


async def _run_all(project, sources, files, say, timeout) -> dict[str, list[Result]]:
    places = asyncio.Semaphore(max(1, os.cpu_count() or 1))
    problems: list[Problem] = []

    async def run(source: Source) -> tuple[str, list[Result]]:
        async with places:
            try:
                result = await _run(project, source, say, timeout)
            except BookError as error:
                problems.extend(error.problems)
                return source.path, []
        _store(files[source.path], result)
        return source.path, result

    results = dict(await asyncio.gather(*(run(s) for s in sources)))
    if problems:
        raise BookError(*sorted(problems))
    return results


def _store(file: Path, result: list[Result]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(result), "utf-8")
    new.replace(file)


async def _run(project: Project, source: Source, say, timeout: float) -> list[Result]:
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat.v4 import new_code_cell, new_notebook

    cells = [p for p in source.pieces if isinstance(p, Cell)]
    if not cells and not any(p.expressions for p in source.pieces):
        return [[] for _ in source.pieces]

    started = time.monotonic()
    piece, what = source.pieces[0], "the kernel's start"
    # Sockets in a private folder, not TCP ports: nobody else can listen in, and two builds cannot collide.
    place = tempfile.TemporaryDirectory(prefix="press-")
    manager = AsyncKernelManager(
        kernel_name="python3", transport="ipc", connection_file=os.path.join(place.name, "kernel.json")
    )
    client = NotebookClient(
        new_notebook(), km=manager, timeout=timeout, record_timing=False, shutdown_kernel="immediate"
    )
    folder, environment = _folder(project, source), {**os.environ, **ENVIRONMENT}
    try:
        async with client.async_setup_kernel(
            cleanup_kc=True, cwd=str(folder), env=environment, stdout=DEVNULL, stderr=DEVNULL
        ):
            await _run_cell(client, new_code_cell(setup_code(project)))
            results: list[Result] = []
            for piece in source.pieces:
                if isinstance(piece, Cell):
                    what = f"cell {cells.index(piece) + 1} of {len(cells)}"
                    what += f" ({piece.label})" if piece.label else ""
                    cell = new_code_cell(piece.code)
                    if piece.options.get("eval", True):
                        await _run_cell(client, cell)
                    results.append([dict(o) for o in cell.outputs])
                else:
                    what = "inline code"
                    results.append(await _run_inline(client, source, piece))
    except CellTimeoutError:
        message = f"{what} did not finish within {timeout:g} seconds"
    except DeadKernelError:
        message = f"{what} ended the kernel: it crashed, was killed (out of memory?) or called exit"
    except CellExecutionError as error:
        line, trace = _traceback(error)
        message = f"{what} failed: {error.ename}: {error.evalue}" + trace
        raise BookError(Problem(source.path, piece.line + line - 1, message)) from None
    else:
        say(f"  ran {source.path}: {len(cells)} cells in {time.monotonic() - started:.1f} s")
        return results
    finally:
        place.cleanup()
    raise BookError(Problem(source.path, piece.line, message))


async def _run_cell(client, cell) -> None:
    client.nb.cells.append(cell)
    await client.async_execute_cell(cell, len(client.nb.cells) - 1)


async def _run_inline(client, source: Source, text) -> list[str]:
    """Evaluate a text's expressions as Quarto does: after the cells above it, in one empty execution."""
    if not text.expressions:
        return []
    asked = {str(i): e for i, e in enumerate(text.expressions)}
    message = client.kc.execute("", user_expressions=asked)
    reply = await client.async_wait_for_reply(message)
    values = []
    for i, expression in asked.items():
        answer = reply["content"]["user_expressions"][i]
        if answer["status"] != "ok":
            before = text.text[: text.text.find(f"{expression}`")].count("\n")
            problem = f"inline `{expression}` failed: {answer['ename']}: {answer['evalue']}"
            raise BookError(Problem(source.path, text.line + before, problem))
        values.append(_inline_markdown(answer["data"]))
    return values


def _inline_markdown(data: dict) -> str:
    if "text/markdown" in data:
        return data["text/markdown"]
    plain = data.get("text/plain", "")
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "'\"":
        return re.sub(r"([\\`*_{}\[\]()>#+\-.!])", r"\\\1", plain[1:-1])  # a str is text, not Markdown
    return plain


def _traceback(error) -> tuple[int, str]:
    """The line of the cell (from 1) where it failed, and the tail of the traceback."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
    found = re.search(r"(?:Cell In\[\d+\]|<cell>)[^\n]*?(?:line |:)(\d+)", text)
    return int(found[1]) if found else 1, "\n" + "\n".join("    " + s for s in text.splitlines()[-25:])
