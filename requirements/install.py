"""Make .venv hold what a lock names, and nothing else: `python requirements/install.py book`, or `report`, or `test`.

uv installs, because it takes seconds: a wheel like the others, which pip fetches first, checked against its hash.
Where uv does not run, pip installs the same lock, in minutes. Both check every hash, build nothing and take packages
from where pip is told to look. Runs on Python's own library.
"""

import ast
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
LOCKS = ("book", "report", "test")  # each holds the one before it
FOLDER = Path("requirements")
VENV = Path(".venv")
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STRICT = ("--only-binary", ":all:", "--require-hashes")
LINK = ("--no-deps", "--no-build-isolation", "--editable", ".")  # src goes on the path: hlm, and press beside it

# The fonts of a book by Quarto, for `quarto render` typed by hand; `make book` would make them as well.
FONTS = """\
from pathlib import Path
from press.write.fonts import FOLDER, PDF_FONTS, copy_fonts, make_fonts
make_fonts(Path(FOLDER))
copy_fonts(Path(PDF_FONTS))
"""

# What pip is told, and what tells uv the same. uv would leave a package to the first index that has it, in any version.
TOLD = {
    "index-url": "UV_INDEX_URL",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "ALL_PROXY",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}
AS_PIP = {"UV_INDEX_STRATEGY": "unsafe-best-match"}

BEGAN = time.monotonic()


def main(lock: str) -> None:
    if sys.version_info < OLDEST:
        found = sys.version.split()[0]
        sys.exit(f"Python 3.11 or newer is needed; {sys.executable} is {found}. Try: make PYTHON=python3.11")
    ready = [name for name in LOCKS if stamp(name).exists()]
    lock = max([lock, *ready], key=LOCKS.index)  # what is there stays
    if not ready:
        step(f"Making {VENV}, with Python {sys.version.split()[0]}")
        start_afresh()
    for name in ready:  # and come back last: an install that is interrupted starts afresh
        stamp(name).unlink()

    pip = find_pip()
    if not (install_by_uv(pip, lock) or install_by_pip(pip, lock)):
        sys.exit(f"The packages of {FOLDER / lock}.txt could not be installed: see above.")
    step("Making the fonts")
    subprocess.run([BIN / "python", "-c", FONTS], check=True)
    for name in LOCKS[: LOCKS.index(lock) + 1]:
        stamp(name).touch()
    step("Ready")


def stamp(lock: str) -> Path:
    return VENV / f"{lock}.ready"


def step(what: str) -> None:
    print(f"[{time.monotonic() - BEGAN:4.1f} s] {what}", flush=True)


def start_afresh() -> None:
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", VENV], check=True)


def find_pip() -> list:
    """This Python's pip, at work in .venv; where it has none that can, the one that Python carries for .venv."""
    try:
        from pip import __version__ as found
    except ImportError:
        found = "0.0"
    if tuple(int(number) for number in found.split(".")[:2]) >= (22, 3):  # knows --python
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", BIN / "python"]
    if subprocess.run([BIN / "python", "-m", "ensurepip"], check=False).returncode:
        sys.exit(f"{sys.executable} has no pip. Debian and Ubuntu have it in python3-venv and in python3-pip.")
    return [BIN / "python", "-m", "pip", "--disable-pip-version-check"]


def install_by_uv(pip: list, lock: str) -> bool:
    step("Fetching uv, which installs the rest")
    fetched = subprocess.run(
        [*pip, "install", "--quiet", *STRICT, "-r", FOLDER / "uv.txt"], capture_output=True, text=True, check=False
    )
    if fetched.returncode:
        print(fetched.stderr.strip())
        step("uv is not to be had here, for the reason above, so pip installs")
        return False
    step(f"Installing {FOLDER / lock}.txt by uv")
    uv, here = [BIN / "uv", "pip"], ["--python", BIN / "python"]
    world = uv_environment(pip)
    for command in (["sync", *here, *STRICT, FOLDER / f"{lock}.txt"], ["install", *here, *LINK]):
        if not run_uv([*uv, *command], world):
            step("uv failed, for the reason above, so pip installs")
            return False
    return True


def run_uv(command: list, world: dict) -> bool:
    """Show what uv says, but for its list of packages; to a pipe it speaks in lines, which every terminal can show."""
    with subprocess.Popen(command, env=world, stderr=subprocess.PIPE, text=True, encoding="utf-8") as uv:
        for line in uv.stderr:
            if not line.startswith((" + ", " - ", " ~ ")):
                print(f"         {line}", end="", flush=True)
    return uv.returncode == 0


def install_by_pip(pip: list, lock: str) -> bool:
    step(f"Installing {FOLDER / lock}.txt by pip: this takes minutes")
    commands = ([*STRICT, "-r", FOLDER / f"{lock}.txt"], LINK)
    return all(subprocess.run([*pip, "install", *command], check=False).returncode == 0 for command in commands)


def uv_environment(pip: list, names=tuple(TOLD)) -> dict:
    """The environment in which uv looks where pip looks; what it says to uv itself comes first."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    told = read_settings(listed)
    given = {TOLD[name]: " ".join(told[name].split()) for name in names if name in told}
    if "UV_FIND_LINKS" in given:  # the one list in which uv wants commas
        given["UV_FIND_LINKS"] = given["UV_FIND_LINKS"].replace(" ", ",")
    return {**AS_PIP, **given, **os.environ}


def read_settings(listed: str) -> dict:
    """What `pip config list` says of installing: variables before files, a command's own before what is for all."""
    found = {}
    for section in ("global", "install", ":env:"):
        for line in listed.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(f"{section}."):
                found[key[len(section) + 1 :]] = ast.literal_eval(value)
    return found


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next make starts afresh.")
