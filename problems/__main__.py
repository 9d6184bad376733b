"""`make problems`: a sheet and a data file for each student and a key, or the problems for everybody."""

from __future__ import annotations

import argparse
import re
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from press.problems import BookError

from .refused import Refused
from .roster import read_roster
from .sheets import make_class, make_practice, overview_of, sheet_of
from .tasks import ROOT, chapters, chosen


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m problems", description=__doc__)
    parser.add_argument("--students", default="", help="a CSV file with a column called name")
    parser.add_argument("--seed", default="", help="what the data are drawn from; a new one if it is not given")
    parser.add_argument("--problems", default="", help="numbers such as '2.3 5.3'; all on invented data if not given")
    parser.add_argument("--out", default="", help="a new folder outside the repository")
    options = parser.parse_args(arguments)
    try:
        out = _folder(options.out)
        if options.students:
            _for_class(Path(options.students).expanduser(), options.seed, options.problems, out)
        elif options.seed or options.problems:
            raise Refused("for sheets that are graded give the class too: STUDENTS=roster.csv")
        else:
            _staged(out, lambda work, new: make_practice(chapters(), work, new, print))
    except (Refused, BookError) as error:
        print(f"Nothing was written: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    print(f"All is in {out}.")
    return 0


def _for_class(roster: Path, seed: str, numbers: str, out: Path) -> None:
    students = read_roster(roster)
    problems = chosen(re.findall(r"[^\s,;]+", numbers))
    if not seed:
        seed = secrets.token_hex(8)
        print(f"Drawn from a new seed, {seed}; it stands in the key too. SEED={seed} draws the same again.")
    sheets = [sheet_of(student, problems, seed) for student in students]
    overview = overview_of(students, problems, seed)
    _staged(out, lambda work, new: make_class(sheets, overview, work, new, print))


def _folder(named: str) -> Path:
    """Where to write. Raises Refused for a folder that would be published, or that holds something."""
    out = (Path(named).expanduser() if named else ROOT.parent / f"{ROOT.name}-problems").resolve()
    if out.is_relative_to(ROOT):
        raise Refused(f"{out} is inside the repository, and what is in there may be published. Name a folder outside")
    if file := next((place for place in (out, *out.parents) if place.is_file()), None):
        raise Refused(f"{file} is a file. Name a folder that is new or empty: OUT=folder")
    if out.exists() and any(out.iterdir()):
        raise Refused(f"{out} is there already, and not empty. Move it away, or name another folder: OUT=folder")
    return out


def _staged(out: Path, make) -> None:
    """Make all of it to the side; only what is whole takes the name `out`."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}. Name another folder: OUT=folder") from None
    try:
        new = place / "new"
        new.mkdir()
        make(place / "work", new)
        if out.exists():
            out.rmdir()  # empty, as was seen
        new.rename(out)
    except OSError as error:
        raise Refused(f"{error.filename or out}: {error.strerror}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
