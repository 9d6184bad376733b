"""Put a finished book in the place of the old one in one step, so that no reader and no crash sees half a book."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..problems import BookError
from ..read.project import WORK


@contextlib.contextmanager
def one_at_a_time(root: Path, say=print) -> Iterator[Path]:
    """Hold the book's lock; a second build waits for the first. Gives the folder for work, `.press`."""
    work = root / WORK
    try:
        work.mkdir(exist_ok=True)
        lock = open(work / "lock", "w")  # noqa: SIM115 - open for as long as the lock is held
    except OSError as error:
        raise BookError(f"{work}: {error.strerror}. press needs to write there; the book was not touched.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another build of this book is running; waiting for it to end.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _clear_leftovers(work)
        try:
            yield work
        except OSError as error:
            where = error.filename or work
            raise BookError(f"{where}: {error.strerror}. The book that was there is untouched.") from error


@contextlib.contextmanager
def stage(work: Path, book: Path) -> Iterator[Path]:
    """A new folder to build in. If the block ends well it becomes `book`; if not, `book` stays as it was."""
    new = Path(tempfile.mkdtemp(prefix="stage-", dir=work))
    new.chmod(0o755)
    try:
        yield new
        exchange(new, book)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextlib.contextmanager
def stage_more(work: Path, book: Path) -> Iterator[Path]:
    """A folder for further files of a book that is in place. If the block ends well, each takes its place in `book`."""
    with tempfile.TemporaryDirectory(prefix="stage-", dir=work) as folder:
        new = Path(folder)
        yield new
        for file in sorted(file for file in new.rglob("*") if file.is_file()):
            target = book / file.relative_to(new)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)


def exchange(new: Path, book: Path) -> None:
    """Let `new` be `book`. Afterwards the old book, if any, is at `new`."""
    if not book.exists():
        new.rename(book)
    elif not _exchange_atomically(new, book):
        # Without the system call there is a moment between two renames; `_clear_leftovers` mends a crash in it.
        old = new.with_name(new.name.replace("stage-", "old-"))
        book.rename(old)
        new.rename(book)
        old.rename(new)


def _exchange_atomically(new: Path, book: Path) -> bool:
    """Linux's renameat2(RENAME_EXCHANGE) or macOS's renamex_np(RENAME_SWAP). False where there is neither."""
    libc = ctypes.CDLL(None, use_errno=True)
    a, b = os.fsencode(new), os.fsencode(book)
    here = -100  # AT_FDCWD
    if hasattr(libc, "renameat2"):
        failed = libc.renameat2(here, a, here, b, 2)
    elif sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(a, b, 2)
    else:
        return False
    if failed and ctypes.get_errno() not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(book))
    return not failed


def _clear_leftovers(work: Path) -> None:
    """What a killed build left: restore a book that was moved aside, drop half-built ones."""
    for folder in work.glob("stage-*"):
        shutil.rmtree(folder, ignore_errors=True)


def restore(work: Path, book: Path) -> None:
    """Bring back the old book if a build died between the two renames of the system without an exchange."""
    for old in sorted(work.glob("old-*")):
        if book.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(book)
