"""requirements/install.py: an interrupted install starts afresh, pip steps in for uv, and uv looks where pip looks."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def install(tmp_path, monkeypatch):
    """The module, in an empty folder; nothing is downloaded. `install.done` tells what was done, in order."""
    monkeypatch.syspath_prepend(ROOT / "requirements")
    sys.modules.pop("install", None)
    import install

    monkeypatch.chdir(tmp_path)
    done = install.done = []

    def note(what, answer=None):
        def noted(*arguments):
            done.append((what, *arguments[1:]))
            return answer

        return noted

    monkeypatch.setattr(install, "find_pip", lambda: ["pip"])
    monkeypatch.setattr(install, "install_by_uv", note("uv", True))
    monkeypatch.setattr(install, "install_by_pip", note("pip", True))
    real = install.start_afresh
    monkeypatch.setattr(install, "start_afresh", lambda: (done.append(("afresh",)), real()))
    monkeypatch.setattr(install, "FONTS", "")
    yield install
    sys.modules.pop("install")


def stamps() -> list[str]:
    return sorted(file.name for file in Path(".venv").glob("*.ready"))


def test_the_book_s_set_up_and_then_the_tests(install):
    install.main("book")
    assert install.done == [("afresh",), ("uv", "book")]
    assert stamps() == ["book.ready"]
    kept = Path(".venv/kept")
    kept.touch()
    install.main("test")
    assert install.done[2:] == [("uv", "test")]
    assert stamps() == ["book.ready", "report.ready", "test.ready"]
    install.main("book")  # the book's lock has changed: what the tests need stays
    assert install.done[3:] == [("uv", "test")]
    assert stamps() == ["book.ready", "report.ready", "test.ready"]
    assert kept.exists()


@pytest.mark.parametrize("first", [[], ["book"], ["book", "test"]])
def test_an_interrupted_install_starts_afresh(install, monkeypatch, first):
    for lock in first:
        install.main(lock)

    def interrupted(pip, lock):
        Path(".venv/half-a-package").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(install, "install_by_uv", interrupted)
        with pytest.raises(KeyboardInterrupt):
            install.main("test")
    assert stamps() == []
    install.main("book")
    assert install.done[-2:] == [("afresh",), ("uv", "book")]
    assert not Path(".venv/half-a-package").exists()
    assert stamps() == ["book.ready"]


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(install):
    Path("elsewhere").mkdir()
    Path("elsewhere/file").touch()
    Path(".venv").symlink_to("elsewhere")
    install.main("book")
    assert not Path(".venv").is_symlink()
    assert [file.name for file in Path("elsewhere").iterdir()] == ["file"]


def test_pip_steps_in_where_uv_fails(install, monkeypatch):
    monkeypatch.setattr(install, "install_by_uv", lambda pip, lock: False)
    install.main("book")
    assert install.done[1:] == [("pip", "book")]
    assert stamps() == ["book.ready"]
    monkeypatch.setattr(install, "install_by_pip", lambda pip, lock: False)
    with pytest.raises(SystemExit, match=r"requirements/book.txt could not be installed"):
        install.main("book")
    assert stamps() == []


@pytest.fixture
def programs(install, monkeypatch, tmp_path):
    """Stand-ins for pip and for the uv that it fetches: shell scripts that note how they are called."""
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    Path(".venv/bin").mkdir(parents=True)

    def program(name: str, script: str) -> str:
        file = tmp_path / name
        file.write_text(f'#!/bin/sh\necho "{file.name} $*" >> {tmp_path}/called\n{script}\n', "utf-8")
        file.chmod(0o755)
        return str(file)

    return program


def test_uv_is_fetched_with_its_hash_and_syncs_the_lock(install, programs, capfd):
    pip = [programs("pip", "")]
    programs(".venv/bin/uv", "echo ' + pandas==3' >&2; echo 'Installed 1 package' >&2")
    assert install.install_by_uv(pip, "book")
    called = Path("called").read_text("utf-8").splitlines()
    fetched, sync, link = [line for line in called if "config" not in line]
    assert fetched.startswith("pip install")
    assert fetched.endswith("--require-hashes -r requirements/uv.txt")
    assert sync.startswith("uv pip sync")
    assert sync.endswith("--require-hashes requirements/book.txt")
    assert link.endswith("--editable .")
    shown = capfd.readouterr().out
    assert "Installed 1 package" in shown
    assert "pandas==3" not in shown


@pytest.mark.parametrize("failing", ["pip", "uv"])
def test_why_uv_does_not_run_is_said(install, programs, capfd, failing):
    fails = "echo 'no wheel for this platform' >&2; exit 1"
    pip = [programs("pip", fails if failing == "pip" else "")]
    programs(".venv/bin/uv", fails if failing == "uv" else "")
    assert not install.install_by_uv(pip, "book")
    shown = capfd.readouterr().out
    assert "no wheel for this platform" in shown
    assert "so pip installs" in shown


LISTED = """\
:env:.find-links='wheels more-wheels'
global.cert='/certificates.pem'
global.constraint='constraints.txt'
global.extra-index-url='\\nfile:///one\\nfile:///two'
global.index-url='https://everybody.example/simple'
install.index-url='https://mirror.example/simple'
download.index-url='https://other.example/simple'
"""


def test_uv_looks_where_pip_looks(install, programs, monkeypatch):
    for name in install.TOLD.values():
        monkeypatch.delenv(name, raising=False)
    pip = [programs("pip", f"cat <<'END'\n{LISTED}END")]
    world = install.uv_environment(pip)
    assert world["UV_INDEX_URL"] == "https://mirror.example/simple"
    assert world["UV_EXTRA_INDEX_URL"] == "file:///one file:///two"
    assert world["UV_FIND_LINKS"] == "wheels,more-wheels"
    assert world["SSL_CERT_FILE"] == "/certificates.pem"
    assert world["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert "UV_EXTRA_INDEX_URL" not in install.uv_environment(pip, ["index-url"])

    monkeypatch.setenv("UV_INDEX_URL", "https://mine.example/simple")
    assert install.uv_environment(pip)["UV_INDEX_URL"] == "https://mine.example/simple"


def test_an_old_python_is_told_so(install, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        install.main("book")
    assert not Path(".venv").exists()
