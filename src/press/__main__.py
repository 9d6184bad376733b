"""`python -m press build | preview | check`."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from pathlib import Path

from .build.book import build, check
from .build.decks import check_decks
from .build.preview import preview
from .build.quarto import build_with_quarto, choose_renderer
from .problems import BookError
from .read.project import WORK, read_project
from .read.settings import require_profiles


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="press", description="Make the book: a web site and a PDF.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("build", help="build the book")
    make.add_argument("--renderer", choices=("auto", "quarto", "press"), default="auto")
    make.add_argument("--timeout", type=float, default=300, help="seconds that a cell may run")
    make.add_argument("--slides", action="store_true", help="make the decks of slides/ as well")
    verbs.add_parser("check", help="check the sources without running or building anything")
    serve = verbs.add_parser("preview", help="serve the book, and build it again as you write")
    serve.add_argument("--port", type=int, default=4200)
    for verb in verbs.choices.values():
        verb.add_argument("--profile", default="", help="profiles, as in _quarto-NAME.yml; several with commas between")
        verb.add_argument("root", nargs="?", type=Path, default=Path("."), help="the folder of _quarto.yml")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        if options.profile:
            require_profiles(options.root, options.profile)
            os.environ["QUARTO_PROFILE"] = options.profile  # for Quarto as for press, and for cells
        if options.verb == "check":
            project = read_project(options.root)
            check(project, _say)
            check_decks(project, _say)
            print(f"Nothing is wrong with the {len(project.entries)} chapters of {project.title}.")
        elif options.verb == "preview":
            preview(options.root, options.port)
        else:
            renderer, why = choose_renderer(options.renderer)
            print(f"Building with {renderer}: {why}.", flush=True)
            if renderer == "quarto":
                project = build_with_quarto(options.root, slides=options.slides)
            else:
                project = build(options.root, _say, options.timeout, _tick, options.slides)
            print(f"The book is ready ({time.monotonic() - started:.1f} s):")
            for file in ("index.html", project.pdf, *(["slides/index.html"] if options.slides else [])):
                print(f"  {os.path.relpath(project.book / file)}")
    except KeyboardInterrupt:
        print("\nInterrupted; the book that was there is untouched.", file=sys.stderr)
        return 130
    except BookError as error:
        print(error if options.verb == "preview" else f"The book was not built:\n{error}", file=sys.stderr)
        return 1
    except Exception as error:
        note = _note(options.root)
        print(f"press itself failed, at {type(error).__name__}: {error}. {note}", file=sys.stderr)
        return 1
    return 0


def _note(root: Path) -> str:
    """Keep the traceback for who mends press; an author can do nothing with it."""
    file = root / WORK / "traceback.txt"
    try:
        file.write_text(traceback.format_exc(), "utf-8")
    except OSError:
        return f"The book that was there is untouched.\n{traceback.format_exc()}"
    return f"The book that was there is untouched. Please report it with {file}."


def _say(line: str) -> None:
    print(f"\r\x1b[K{line}" if sys.stdout.isatty() else line, flush=True)


def _tick(line: str) -> None:
    """What is running now, on a terminal: the next line takes its place."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K  {line}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
