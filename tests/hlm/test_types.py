"""What a type checker is told of hlm's results: mypy reads this file as well, and each `assert_type` must hold."""

import inspect
from collections.abc import Callable
from typing import Literal, assert_type, get_args, get_type_hints

import pandas as pd
import pytest

import hlm
from hlm import plots
from hlm.inference.hypotheses import Ddf, FTest


@pytest.fixture(scope="module")
def fit() -> hlm.MixedResults:
    return hlm.lmer("math ~ ses + (1 | sch.id)", hlm.load_hsb())


def test_a_row_is_a_t_test_and_rows_are_an_f_test(fit: hlm.MixedResults) -> None:
    assert isinstance(assert_type(fit.contrast({"ses": 1}), pd.DataFrame), pd.DataFrame)
    assert isinstance(assert_type(fit.contrast([0, 1]), pd.DataFrame), pd.DataFrame)
    assert isinstance(assert_type(fit.contrast(fit.params), pd.DataFrame), pd.DataFrame)
    assert isinstance(assert_type(fit.contrast([[1, 0], [0, 1]]), FTest), FTest)
    assert isinstance(assert_type(fit.contrast([[1, 0], [0, 1]], ddf="kenward-roger"), FTest), FTest)


def test_names_that_are_loaded_later_have_types(fit: hlm.MixedResults) -> None:
    assert isinstance(assert_type(hlm.load_hsb(), pd.DataFrame), pd.DataFrame)
    assert isinstance(
        assert_type(hlm.compare(fit, hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.load_hsb())), pd.DataFrame), pd.DataFrame
    )
    assert plots.BookFigure is hlm.plots.BookFigure


METHODS = [
    name
    for name, method in inspect.getmembers(hlm.MixedResults, inspect.isfunction)
    if "ddf" in inspect.signature(method).parameters
]


@pytest.mark.parametrize("show", [hlm.summ, hlm.regression_table])
def test_a_table_can_be_tested_by_the_normal_approximation_too(show: Callable[..., object]) -> None:
    hint = get_type_hints(show)["ddf"]
    assert {choice for part in get_args(hint) for choice in get_args(part) or [part]} == {*get_args(Ddf), "normal"}


@pytest.mark.parametrize("name", [*METHODS, "df"])
def test_every_choice_of_degrees_of_freedom_is_a_literal(name: str) -> None:
    hints = get_type_hints(getattr(hlm.MixedResults, name))
    hint = hints["method" if name == "df" else "ddf"]
    assert hint == Literal["satterthwaite", "kenward-roger"]
    assert get_args(hint) == ("satterthwaite", "kenward-roger")
