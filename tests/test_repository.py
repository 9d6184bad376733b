"""The repository as a newcomer finds it: the README's words hold, the package installs, the workflows are sound."""

import ast
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

import hlm
from hlm_report.writing import OF_THE_BOOK
from press.build.quarto import OLDEST

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
GUIDES = ["README.md", "CONTRIBUTING.md", "index.qmd", "benchmarks/README.md", "data/README.md", "docs/teaching.md"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def run(*command, cwd=ROOT) -> subprocess.CompletedProcess:
    return subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)


def said(process: subprocess.CompletedProcess) -> str:
    return process.stdout + process.stderr


# --------------------------------------------------------------------------------------------------- the workflows

FAULTY = """\
on: push
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ github.nobody }} ${{ github.head_ref }}
"""


@pytest.fixture
def faulty(tmp_path):
    """A repository with a workflow that has faults of both kinds: the checks have to find something at all."""
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "faulty.yml").write_text(FAULTY, "utf-8")
    return folder / "faulty.yml"


def test_actionlint_finds_nothing_in_the_workflows(faulty):
    assert len(WORKFLOWS) >= 2
    found = run(BIN / "actionlint", *WORKFLOWS)
    assert found.returncode == 0, said(found)
    found = run(BIN / "actionlint", faulty)
    assert found.returncode == 1
    assert '"nobody" is not defined' in said(found)


def test_zizmor_finds_nothing_in_the_workflows(faulty):
    zizmor = (BIN / "zizmor", "--offline", "--quiet", "--no-progress", "--persona", "pedantic")
    found = run(*zizmor, ROOT / ".github")
    assert found.returncode == 0, said(found)
    found = run(*zizmor, faulty)
    assert found.returncode > 0
    assert all(rule in said(found) for rule in ("template-injection", "unpinned-uses", "excessive-permissions"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_permissions_least(workflow):
    text = workflow.read_text("utf-8")
    uses = re.findall(r"uses: (.+)", text)
    assert uses
    assert [u for u in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", u)] == []
    assert "secrets." not in text
    plan = yaml.safe_load(text)
    assert plan["permissions"] == {}
    assert "concurrency" in plan
    for name, job in plan["jobs"].items():
        writes = {what for what, how in job["permissions"].items() if how == "write"}
        needed = {"publish": {"pages", "id-token"}, "notebooks": {"contents"}}  # a branch of its own, for Colab
        assert writes <= needed.get(name, set()), name
        assert job["timeout-minutes"] <= 60


def test_versions_are_the_same_wherever_they_stand():
    tests, book = (yaml.safe_load(read(f".github/workflows/{name}.yml")) for name in ("test", "book"))
    pythons = tests["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert PROJECT["requires-python"] == f">={pythons[0]}"

    quarto = book["env"]["QUARTO"]
    assert tuple(int(n) for n in quarto.split(".")[:2]) >= OLDEST
    container = json.loads(read(".devcontainer/devcontainer.json"))
    (feature,) = (options for name, options in container["features"].items() if "quarto-cli" in name)
    assert feature["version"] == quarto

    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == PROJECT["version"]
    for file in ("README.md", "index.qmd"):
        assert f"Version {PROJECT['version']}" in read(file), file
    assert f"version {PROJECT['version']}." in read("_quarto.yml")
    assert re.search(r"^## (\S+)", read("CHANGELOG.md"), re.M)[1] == PROJECT["version"]


def test_quarto_finds_the_python_that_make_sets_up():
    (folder,) = re.findall(r"^VENV\s*:= (\S+)$", read("Makefile"), re.M)
    assert re.findall(r"^QUARTO_PYTHON=(.+)$", read("_environment"), re.M) == [f"{folder}/bin/python"]


def test_set_up_makes_the_fonts_of_quarto_s_pages_and_of_its_pdf(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "requirements")
    import install

    done = run(sys.executable, "-c", install.FONTS, cwd=tmp_path)
    assert done.returncode == 0, said(done)
    fonts = re.findall(r"url\([\"']?(fonts/.+?)[\"']?\)", read("assets/book.css"))
    assert len(fonts) == 5
    assert min((tmp_path / "assets" / font).stat().st_size for font in fonts) > 10_000
    folder = yaml.safe_load(read("_quarto.yml"))["format"]["typst"]["font-paths"]
    assert len(list((tmp_path / folder).glob("*.ttf"))) == 5


def test_mypy_finds_nothing():
    found = run(BIN / "mypy")
    assert found.returncode == 0, said(found)


# -------------------------------------------------------------------------------------------------- what guides say


@pytest.mark.parametrize("guide", GUIDES)
def test_commands_are_the_makefile_s(guide):
    code = re.findall(r"^```bash\n(.*?)^```", read(guide), re.M | re.S) + re.findall(r"`(make .+?)`", read(guide))
    code += re.findall(r"^    (make .+)", read(guide), re.M)
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    named = {target for line in code for target in re.findall(r"^make ([a-z]+)", line, re.M)}
    assert named <= targets, named - targets
    assert guide != "README.md" or {"book", "test", "preview"} <= named


@pytest.mark.parametrize("guide", GUIDES)
def test_links_to_files_lead_there(guide):
    text = re.sub(r"^(`{3,}).*?^\1$", "", read(guide), flags=re.M | re.S)
    for target in re.findall(r"\]\((?![a-z]+:|#)([^)#]+)", text):
        assert (ROOT / guide).parent.joinpath(target).exists(), target


def test_the_readme_s_example_runs(capsys):
    (example,) = re.findall(r"^```python\n(.*?)^```", read("README.md"), re.M | re.S)
    assert len(example.splitlines()) <= 12
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.count("sector") >= 3  # in all three tables
    assert "Satterthwaite" in printed


def test_the_readme_counts_right():
    d = hlm.load_hsb()
    assert f"{len(d):,} students in {d['sch.id'].nunique()} schools" in read("README.md")


def test_the_readme_s_pictures_are_light():
    pictures = re.findall(r"!\[.{20,}\]\((.+?)\)", read("README.md"))
    assert pictures == ["docs/page.png", "docs/report.png"]
    for picture in pictures:
        assert 10_000 < (ROOT / picture).stat().st_size < 200_000


def test_the_readme_s_comparison_is_the_benchmark_s(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import readme

    assert readme.with_section(read("README.md"), readme.section(readme.REPORT.read_text("utf-8"))) == read("README.md")


def test_no_machine_and_no_registry_is_named():
    """The repository has to work anywhere: no path of one machine, no host that packages come from."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    # A letter in brackets, so that this line is not what it looks for.
    named = r"/wor[k]/|/roo[t]/|/tm[p]/[a-z]|/hom[e]/[a-z]|pyp[i]\.org|registry\.npmj[s]|deb\.debia[n]\.org|files\.pythonhoste[d]"
    found = run("git", "grep", "-nIE", named)
    assert found.returncode == 1, said(found)  # 1: nothing found


# ------------------------------------------------------------------------------------------------------ the package


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of what goes into it: the tree itself is left alone."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "students-in-schools"
    for name in ("src", "data", "assets", "filters", ".ipython"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / file, copy)
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=copy)
    assert built.returncode == 0, said(built)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_is_hlm_and_hlm_report_with_their_data_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    (about,) = {name.partition("/")[0] for name in names} - {"hlm", "hlm_report"}
    assert about.endswith(".dist-info")
    files = {p.relative_to(ROOT / "src") for p in (ROOT / "src").glob("hlm*/**/*") if p.is_file()}
    assert {str(f) for f in files if f.suffix != ".pyc"} - names == set()
    assert "hlm/py.typed" in names
    for data in ("hsb.csv", "paste.csv", "sleep.csv", "slides.csv"):
        assert zipfile.ZipFile(wheel).read(f"hlm/_data/{data}") == (ROOT / "data" / data).read_bytes()
    for source in OF_THE_BOOK:  # what a report looks like
        inside = f"hlm_report/_book/{source.replace('.ipython', 'ipython')}"
        assert zipfile.ZipFile(wheel).read(inside) == (ROOT / source).read_bytes()
    licences = {name.rpartition("/")[2] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-TEXT"}


def test_the_wheel_installs_and_computes_in_any_folder_without_press(wheel, tmp_path):
    environment, elsewhere = tmp_path / "environment", tmp_path / "elsewhere"
    elsewhere.mkdir()
    venv.create(environment, with_pip=False, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin/python")
    installed = run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel)
    assert installed.returncode == 0, said(installed)
    # The dependencies are lent by this environment; its own link to src is not followed from here.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    program = """if True:
        import importlib.util
        import hlm
        d = hlm.load_hsb()
        fits = [hlm.ols("math ~ ses", d), hlm.lmer("math ~ ses + (1 | sch.id)", d)]
        assert hlm.regression_table(fits).html and hlm.summ(fits[1])
        print(hlm.__file__, *d.shape, hlm.__version__, importlib.util.find_spec("press"))"""
    done = run(environment / "bin/python", "-I", "-c", program, cwd=elsewhere)
    assert done.returncode == 0, said(done)
    file, *rest = done.stdout.split()
    assert Path(file).is_relative_to(environment)
    assert rest == [*map(str, hlm.load_hsb().shape), PROJECT["version"], "None"]
    # A report is written there too; Quarto would render it.
    formula = "reaction ~ day + (day | person)"
    command = ("-I", "-m", "hlm_report", ROOT / "data/sleep.csv", formula, "--renderer", "none")
    done = run(environment / "bin/python", *command, cwd=elsewhere)
    assert done.returncode == 0, said(done)
    for target in OF_THE_BOOK.values():
        assert (elsewhere / "report" / target).is_file()


def test_hlm_imports_only_what_the_package_requires():
    """What is imported at the top; engines, which are optional, are imported where they are used."""
    required = {re.match(r"[\w-]+", name)[0].replace("-", "_") for name in PROJECT["dependencies"]}
    for file in (ROOT / "src/hlm").rglob("*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            outside = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"hlm"}
            assert outside <= required, f"{file.relative_to(ROOT)}: {outside - required}"


def test_hlm_tells_its_version():
    assert hlm.__version__ == PROJECT["version"]


# -------------------------------------------------------------------------------------------------------- the locks


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def named(*extras: str) -> set[str]:
    """The packages that pyproject.toml names: hlm's own where no extra is given."""
    lists = [PROJECT["optional-dependencies"][extra] for extra in extras] or [PROJECT["dependencies"]]
    return {plain(name) for names in lists for name in names}


def locked(lock: str) -> dict[str, set[str]]:
    """What a lock pins: the versions of each package; every one of them has hashes."""
    found: dict[str, set[str]] = {}
    for block in re.split(r"\n(?=\S)", read(f"requirements/{lock}.txt").strip()):
        name, version = re.match(r"([\w.-]+)==([\w.+!]+)", block).groups()
        assert "--hash=sha256:" in block, name
        found.setdefault(name, set()).add(version)
    return found


def test_the_locks_hold_what_pyproject_names():
    extras = set(PROJECT["optional-dependencies"])
    assert named() | named("book") <= locked("book").keys()
    assert named() | named("book", "report") <= locked("report").keys()
    assert named() | named(*extras) <= locked("test").keys()
    assert list(locked("uv")) == ["uv"]


def test_the_book_s_lock_is_the_tests_without_what_only_tests_need():
    book, test = locked("book"), locked("test")
    assert {name: test[name] for name in book} == book
    assert not book.keys() & (named("dev", "engines") - named("book"))
    assert not book.keys() & {"pyarrow", "duckdb", "playwright", "pytest", "greenlet"}


def test_the_report_s_lock_lies_between_the_book_s_and_the_tests():
    book, report, test = locked("book"), locked("report"), locked("test")
    assert {name: report[name] for name in book} == book
    assert {name: test[name] for name in report} == report
    assert not report.keys() & (named("dev") - named("book"))


def test_the_book_s_lock_has_all_that_hlm_and_press_import():
    distributions = packages_distributions()
    for file in [*(ROOT / "src/hlm").rglob("*.py"), *(ROOT / "src/press").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            outside = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"hlm", "press"}
            known = {name: {plain(d) for d in distributions.get(name, ())} for name in outside}
            missing = {name for name in outside if not known[name] & locked("book").keys()}
            allowed = {"duckdb", "ibis"} if file.name != "marginal_effects.py" else {"marginaleffects", "polars"}
            assert missing <= allowed, f"{file.relative_to(ROOT)}: {missing}"  # what is met where it is installed
