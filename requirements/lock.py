"""Pin all packages with hashes, for every Python and platform: `python requirements/lock.py [package ...|all]`.

What is pinned and still fits stays; only the packages that are named are raised, or all.
The book's lock is a part of the report's, and that one of the tests', so all hold the same versions.
"""

import re
import subprocess
import sys

from install import BIN, FOLDER, find_pip, uv_environment

OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet")
TEST, REPORT, BOOK, UV = (FOLDER / f"{name}.txt" for name in ("test", "report", "book", "uv"))
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.M)


def main(*raised: str) -> None:
    before = pins()
    if unknown := set(raised) - {"all"} - {name for name, _ in before}:
        sys.exit(f"Not in the lock, so it cannot be raised: {', '.join(sorted(unknown))}.")
    upgrade = ["--upgrade"] if "all" in raised else [f"--upgrade-package={name}" for name in raised]
    # The files of all platforms lie on pip's main index; one that is added may hold this machine's alone.
    world = uv_environment(find_pip(), ("index-url", "trusted-host", "proxy", "cert", "client-cert"))

    def lock(*command, **given) -> None:
        subprocess.run([BIN / "uv", "pip", "compile", *OPTIONS, *command], env=world, check=True, **given)

    lock("pyproject.toml", "--all-extras", *upgrade, "-o", TEST)
    lock("pyproject.toml", "--extra", "book", "--extra", "report", "--constraint", TEST, "-o", REPORT)
    lock("pyproject.toml", "--extra", "book", "--constraint", TEST, "-o", BOOK)
    lock("-", *upgrade, "-o", UV, input="uv", text=True)
    after = pins()
    changes = [f"- {name} {version}" for name, version in sorted(before - after)]
    changes += [f"+ {name} {version}" for name, version in sorted(after - before)]
    print("\n".join(changes) or "The locks hold what they held.")


def pins() -> set:
    return {pin for file in (TEST, REPORT, BOOK, UV) if file.exists() for pin in PIN.findall(file.read_text("utf-8"))}


if __name__ == "__main__":
    main(*sys.argv[1:])
