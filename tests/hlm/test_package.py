"""The package as Python finds it: what is loaded when, under which names."""

import ast
import doctest
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import hlm

LARGE = {"duckdb", "ibis", "matplotlib", "polars", "stargazer", "statsmodels", "IPython"}
FIT = """
import pandas as pd
d = pd.DataFrame({"y": [1, 2, 4, 3, 6, 5.5], "x": [1, 2, 3, 1, 2, 4], "g": list("aabbcc")})
fit = hlm.lmer("y ~ x + (1 | g)", d)
fit.coef_table(), fit.coef_table("kenward-roger"), fit.contrast({"x": 1}), fit.predict(d), repr(fit)
"""


def loaded(code: str) -> set[str]:
    """The modules that are loaded once a fresh Python has run the code."""
    code = f"import json, sys, warnings\nwarnings.simplefilter('ignore')\n{code}\nprint(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("code", ["import hlm", f"import hlm\n{FIT}"], ids=["import", "fit"])
def test_the_estimator_loads_no_large_library(code):
    modules = loaded(code)
    assert "hlm.mixed_model" in modules
    assert not {name.split(".")[0] for name in modules} & LARGE
    assert not modules & {"scipy.stats", "scipy.optimize", "hlm.course", "hlm.plots", "hlm.tables"}


@pytest.mark.parametrize(
    ("name", "library"), [("ols", "statsmodels"), ("plots", "matplotlib"), ("regression_table", "stargazer")]
)
def test_a_library_is_loaded_with_the_first_name_that_needs_it(name, library):
    assert library in loaded(f"import hlm\nhlm.{name}")


def test_star_import_and_completion_know_every_name():
    space = {}
    exec("from hlm import *", space)
    assert set(hlm.__all__) <= set(space)
    # In a fresh Python, where nothing has been loaded on demand yet.
    loaded("import hlm\nassert set(hlm.__all__) <= set(dir(hlm))\nassert 'plots' not in vars(hlm)")


def test_a_name_that_is_not_there_is_refused_as_by_any_module():
    with pytest.raises(AttributeError, match="module 'hlm' has no attribute 'lmre'"):
        hlm.lmre  # noqa: B018
    assert not hasattr(hlm, "results_of")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("glmer", "responses are normal here; .*statsmodels has GEE"),
        ("gls", "residuals are independent here, .*hlm.separate_variances"),
        ("step", "terms are not selected by their p values; see anova"),
        ("lm", "see hlm.ols"),
    ],
)
def test_what_is_no_aim_says_what_to_use(name, instead):
    assert not hasattr(hlm, name)
    with pytest.raises(AttributeError, match=f"module 'hlm' has no attribute '{name}': {instead}"):
        getattr(hlm, name)


def test_type_checkers_are_told_where_each_later_name_is_from():
    tree = ast.parse(inspect.getsource(hlm))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    told = {name.name: node.module or name.name for node in block.body for name in node.names}
    assert told == hlm._HOMES
    assert set(told) <= set(hlm.__all__)


PACKAGES = ["hlm", *(m.name for m in pkgutil.walk_packages(hlm.__path__, "hlm.") if m.ispkg)]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_hidden_by_something_of_its_name(package):
    home = importlib.import_module(package)
    for name in [module.name for module in pkgutil.iter_modules(home.__path__)]:
        importlib.import_module(f"{package}.{name}")
        assert isinstance(getattr(home, name), ModuleType), f"{package}.{name} is hidden"
        assert getattr(home, name).__name__ == f"{package}.{name}"


SOURCES = sorted(Path(hlm.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_public_member_has_a_docstring(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    bare = [
        node.name
        for owner in [tree, *(n for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_"))]
        for node in owner.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and "overload" not in map(ast.unparse, node.decorator_list)
        and not ast.get_docstring(node)
    ]
    assert bare == []


WITH_EXAMPLES = [path for path in SOURCES if ">>>" in path.read_text("utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_examples_in_the_docstrings_hold(path):
    name = ".".join(path.relative_to(Path(hlm.__file__).parents[1]).with_suffix("").parts)
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.attempted
    assert not result.failed
