"""Run one chapter's cells and inline code in a Jupyter kernel of its own, and say plainly what went wrong."""

from __future__ import annotations

import ast
import asyncio
import atexit
import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import DEVNULL

from ..problems import BookError
from ..read.source import Cell, Source, Text
from .outputs import settled

# A cell's result is its list of Jupyter outputs; a text's is the list of its inline expressions' Markdown.
Result = list
Say = Callable[[str], None]

# Around a cell with fig-width or fig-height of its own.
RESIZE = """\
import matplotlib as _m
_m.press_size = [*_m.rcParams["figure.figsize"]]
_m.rcParams["figure.figsize"] = [{width} or _m.press_size[0], {height} or _m.press_size[1]]
del _m"""
SIZE_AS_BEFORE = """\
import matplotlib as _m
_m.rcParams["figure.figsize"] = _m.press_size
del _m"""

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


async def run_chapter(
    source: Source,
    folder: Path,
    variables: dict[str, str],
    setup: str,
    timeout: float,
    say: Say,
    tick: Say,
    command: Sequence[str] = (),
) -> list[Result]:
    """The results of a chapter's pieces, run in order after the code `setup`, in `folder` and with `variables` set.

    The kernel is started by `command`, or, if that is empty, as Jupyter does.
    Raises BookError naming the line of the cell that failed, did not end within `timeout` seconds, or ended the kernel.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat import ValidationError

    cells = [piece for piece in source.pieces if isinstance(piece, Cell)]
    started, slowest = time.monotonic(), (0.0, "")
    piece, name = source.pieces[0], "the kernel's start"
    with tempfile.TemporaryDirectory(prefix="press-") as place:
        client = _client(place, timeout, command)
        kernel = client.async_setup_kernel(
            cleanup_kc=True,
            cwd=str(folder),
            env=environment(variables),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        try:
            async with kernel:
                client.timeout = max(timeout, 120)  # the imports of a cold start are not the author's cells
                await _run_cell(client, setup)
                client.timeout = timeout
                results: list[Result] = []
                for piece in source.pieces:
                    name, began = _name(piece, cells), time.monotonic()
                    tick(f"{source.path}: {name}")
                    results.append(await _run_piece(client, source, piece, timeout))
                    slowest = max(slowest, (time.monotonic() - began, name))
        except (CellTimeoutError, TimeoutError):
            message = f"{name} did not finish within {timeout:g} seconds"
        except DeadKernelError:
            message = f"{name} ended the kernel: it crashed, was killed (out of memory?) or called exit"
        except ValidationError as error:
            message = f"{name} shows what is no output of Jupyter's: {str(error).splitlines()[0]}"
        except CellExecutionError as error:
            line, trace = _traceback(error)
            message = f"{name} failed: {error.ename}: {error.evalue}{trace}"
            raise BookError(source.problem(piece.line + line - 1, message)) from None
        else:
            took = f"{len(cells)} cell{'s' * (len(cells) != 1)} in {time.monotonic() - started:.1f} s"
            say(f"  ran {source.path}: {took}; the longest, {slowest[1]}, {slowest[0]:.1f} s")
            return results
        finally:
            atexit.unregister(client._cleanup_kernel)  # nbclient forgets to, if Ctrl-C comes while it cleans up
    raise BookError(source.problem(piece.line, message))


def environment(variables: dict[str, str]) -> dict[str, str]:
    """What is set in a kernel's environment; `variables` are those of the book."""
    return {**os.environ, **variables, **ENVIRONMENT}


def _client(place: str, timeout: float, command: Sequence[str]):
    """Sockets in a private folder, not TCP ports: nobody else can listen in, and two builds cannot collide."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbformat.v4 import new_notebook

    connection = os.path.join(place, "kernel.json")
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", connection_file=connection)
    if command:
        specs = KernelSpecManager()
        specs.get_kernel_spec = lambda name: KernelSpec(argv=[*command], display_name=name, language="python")
        manager.kernel_spec_manager = specs
    return NotebookClient(new_notebook(), km=manager, timeout=timeout, record_timing=False, shutdown_kernel="immediate")


def _name(piece: Cell | Text, cells: list[Cell]) -> str:
    if isinstance(piece, Text):
        return "inline code"
    return f"cell {cells.index(piece) + 1} of {len(cells)}" + (f" ({piece.label})" if piece.label else "")


async def _run_piece(client, source: Source, piece: Cell | Text, timeout: float) -> Result:
    if isinstance(piece, Cell):
        if not piece.runs:
            return []
        width, height = (piece.options.get(name) for name in ("fig-width", "fig-height"))
        if width or height:
            await _run_cell(client, RESIZE.format(width=width, height=height))
        results = await _run_cell(client, piece.code, may_fail=piece.options.get("error") is True)
        if width or height:
            await _run_cell(client, SIZE_AS_BEFORE)
        return results
    return await _run_inline(client, source, piece, timeout) if piece.expressions else []


async def _run_cell(client, code: str, may_fail: bool = False) -> Result:
    from nbformat.v4 import new_code_cell

    cell = new_code_cell(code, metadata={"tags": ["raises-exception"]} if may_fail else {})
    client.nb.cells.append(cell)
    await client.async_execute_cell(cell, len(client.nb.cells) - 1)
    return settled(cell.outputs)


async def _run_inline(client, source: Source, text: Text, timeout: float) -> Result:
    """Evaluate a text's expressions as Quarto does: after the cells above it, in one empty execution."""
    asked = {str(i): expression for i, expression in enumerate(text.expressions)}
    reply = await _reply(client, client.kc.execute("", user_expressions=asked), timeout)
    values = []
    for i, expression in asked.items():
        answer = reply["content"]["user_expressions"][i]
        if answer["status"] != "ok":
            before = text.text[: text.text.find(f"{expression}`")].count("\n")
            problem = f"inline `{expression}` failed: {answer['ename']}: {answer['evalue']}"
            raise BookError(source.problem(text.line + before, problem))
        values.append(_inline_markdown(answer["data"]))
    return values


async def _reply(client, message: str, timeout: float) -> dict:
    """The kernel's reply. nbclient would wait for it for ever, even from a kernel that is gone."""
    from nbclient.exceptions import DeadKernelError

    waiting = asyncio.ensure_future(client.async_wait_for_reply(message))
    try:
        for _ in range(max(1, round(timeout / 0.2))):
            await asyncio.wait({waiting}, timeout=0.2)
            if waiting.done():
                return waiting.result()
            if not await client.km.is_alive():
                raise DeadKernelError("the kernel is gone")
        raise TimeoutError
    finally:
        waiting.cancel()


def _inline_markdown(data: dict) -> str:
    if "text/markdown" in data:
        return data["text/markdown"]
    plain = data.get("text/plain", "")
    if plain[:1] in ("'", '"'):  # a str is text, not Markdown
        return re.sub(r"([\\`*_{}\[\]()<>#+\-.!$@^~|])", r"\\\1", ast.literal_eval(plain))
    return plain


def _traceback(error) -> tuple[int, str]:
    """The line of the cell (from 1) where it failed, and the tail of the traceback."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
    found = re.search(r"(?:Cell In\[\d+\]|<cell>)[^\n]*?(?:line |:)(\d+)", text)
    return int(found[1]) if found else 1, "\n" + "\n".join("    " + s for s in text.splitlines()[-25:])
