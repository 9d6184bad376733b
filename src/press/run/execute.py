"""Run the chapters' cells: a Jupyter kernel per chapter, several chapters at a time, results kept by content."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
import signal
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from ..problems import BookError, Problem
from ..read.environment import FILE, read_environment
from ..read.project import Project
from ..read.source import Cell, Source, Text
from .kernel import ENVIRONMENT, Result, Say, environment, run_chapter
from .nursery import nursery

SEEN = ("src/hlm", "data", "tests/reference")  # what cells may read, but for the chapter itself

SETUP = """\
import matplotlib.pyplot as _plt
from matplotlib_inline.backend_inline import set_matplotlib_formats as _formats
_plt.rcParams.update({{"figure.figsize": {size!r}, "savefig.dpi": "figure", "svg.fonttype": "none",
                       "svg.hashsalt": "press"}})
_formats("svg")
del _plt, _formats

def _programs():  # what programs print waits in a file until the cell ends: a pipe would bring it sooner or later
    import os, sys, tempfile
    files = [tempfile.TemporaryFile("w+", errors="replace") for _ in range(2)]
    for number, file in enumerate(files, 1):
        os.dup2(file.fileno(), number)
    def say(*_):
        for file, stream in zip(files, (sys.stdout, sys.stderr)):
            file.seek(0)
            stream.write(file.read())
            file.seek(0)
            file.truncate()
    get_ipython().events.register("post_execute", say)
_programs()
del _programs
"""


def execute(
    project: Project, sources: list[Source], cache: Path, timeout: float, say: Say, tick: Say
) -> dict[str, list[Result]]:
    """Results by chapter path, one per piece. Cells run only if their key (code, hlm, data, lock) is new.

    Raises BookError with one problem for each chapter whose cells fail, hang or kill their kernel.
    """
    world = fingerprint(project)
    files = _files(project, sources, cache, world)
    results = {path: json.loads(file.read_text("utf-8")) for path, file in files.items() if file.is_file()}
    missing = [s for s in sources if s.path not in results]
    if missing:
        with asyncio.Runner(loop_factory=_loop) as runner:
            results |= runner.run(_run_all(project, missing, files, timeout, say, tick))
        if fingerprint(project) != world:
            for source in missing:
                files[source.path].unlink(missing_ok=True)
            raise BookError("The data or the code of hlm changed while the cells ran. Build again.")
    _forget_others(cache, keep=files.values())
    return results


def are_known(project: Project, sources: list[Source], cache: Path) -> bool:
    """Whether `execute` has no cell to run."""
    return all(file.is_file() for file in _files(project, sources, cache, fingerprint(project)).values())


def _files(project: Project, sources: list[Source], cache: Path, world: str) -> dict[str, Path]:
    """Where the results of each chapter are kept."""
    return {s.path: cache / f"{s.entry.slug}-{_key(project, s, world)}.json" for s in sources}


def setup_code(project: Project) -> str:
    """What every kernel runs first: figures are SVG, of the book's size, the same bytes each time."""
    return SETUP.format(size=project.figure_size)


def fingerprint(project: Project) -> str:
    """A hash of all that cells can see: the project's Python code, its data, the locked packages, Python itself."""
    digest = hashlib.sha256(f"{platform.python_version()} {SETUP} {ENVIRONMENT} {project.figure_size}".encode())
    watched = [project.root / "requirements/book.txt", project.home / FILE]
    if settings := read_environment(project.home).get("IPYTHONDIR"):
        watched += (project.home / settings).resolve().rglob("*.py")
    watched += project.root.glob("*.py")  # modules of the book's own
    watched += (file for folder in SEEN for file in (project.root / folder).rglob("*") if file.suffix != ".pyc")
    for file in sorted(watched):
        if file.is_file():
            digest.update(f"\0{file.relative_to(project.root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _key(project: Project, source: Source, world: str) -> str:
    steps = [_step(p) if isinstance(p, Cell) else p.expressions for p in source.pieces]
    text = json.dumps([world, str(_folder(project, source).relative_to(project.root)), steps])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _step(cell: Cell) -> list:
    """What decides a cell's results, with all that stands before it."""
    special = {name: cell.options[name] for name in ("error", "fig-width", "fig-height") if cell.options.get(name)}
    return [cell.code, cell.options.get("eval", True), *([special] if special else [])]


def _folder(project: Project, source: Source) -> Path:
    return project.home if project.execute_in_root else (project.root / source.path).parent


def _forget_others(cache: Path, keep: Iterable[Path]) -> None:
    """Keep the newest results of the book and the twenty last used others (an edit taken back costs nothing)."""
    others = [f for f in cache.glob("*.json") if f not in set(keep)]
    for file in sorted(others, key=lambda f: f.stat().st_mtime)[:-20]:
        file.unlink(missing_ok=True)


def _loop() -> asyncio.AbstractEventLoop:
    """A loop in which Ctrl-C ends the run. nbclient would take it, stop its kernels, and trip over their absence."""
    loop = asyncio.new_event_loop()
    added = loop.add_signal_handler

    def add(number: int, *told) -> None:
        if number != signal.SIGINT:
            added(number, *told)

    setattr(loop, "add_signal_handler", add)  # noqa: B010 - mypy would have no method assigned
    return loop


async def _run_all(project, sources, files, timeout, say, tick) -> dict[str, list[Result]]:
    variables = read_environment(project.home)
    places = asyncio.Semaphore(max(1, os.cpu_count() or 1))
    problems: list[Problem] = []

    async def run(source: Source, command: list[str]) -> tuple[str, list[Result]]:
        async with places:
            try:
                result = [[] for _ in source.pieces]
                if _runs(source):
                    folder, setup = _folder(project, source), setup_code(project)
                    result = await run_chapter(source, folder, variables, setup, timeout, say, tick, command)
            except BookError as error:
                problems.extend(error.problems)
                return source.path, []
        _store(files[source.path], result)
        return source.path, result

    code = [_code(source) for source in sources if _runs(source)]
    many = len(code) > 2 * (os.cpu_count() or 1)
    with nursery(code, environment(variables)) if many else nullcontext([]) as command:
        results = dict(await asyncio.gather(*(run(s, command) for s in sources)))
    if problems:
        raise BookError(*sorted(problems))
    return results


def _store(file: Path, result: list[Result]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(result), "utf-8")
    new.replace(file)


def _code(source: Source) -> str:
    cells = [piece.code for piece in source.pieces if isinstance(piece, Cell) and piece.runs]
    return "\n".join([*cells, *(e for piece in source.pieces if isinstance(piece, Text) for e in piece.expressions)])


def _runs(source: Source) -> bool:
    return any(piece.runs if isinstance(piece, Cell) else piece.expressions for piece in source.pieces)
