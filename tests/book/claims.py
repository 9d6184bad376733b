"""A chapter's claims, taken one by one: its cells run on data of another kind, and each `assert` is asked by itself.

A claim is an `assert condition, "The sentence."` in a hidden cell. The chapter is run as a reader would run it, but for
the pictures, which no claim rests on; an assert that fails ends nothing, so that all of them answer.
"""

from __future__ import annotations

import ast
import dis
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, SimpleNamespace
from unittest import mock

import numpy as np
import pandas as pd

import hlm

ROOT = Path(__file__).parents[2]
SAMPLES = 200  # of a simulation: enough to tell half from a twentieth


@dataclass(frozen=True)
class Claim:
    """One `assert`: the line of its cell, its place among the chapter's claims, and the sentence that it quotes."""

    line: int
    place: int
    sentence: str


@dataclass(frozen=True)
class Step:
    """One statement of a chapter: what it runs, the names that it reads, sets, and sets anew, and the claims in it."""

    program: CodeType
    reads: frozenset[str]
    sets: frozenset[str]
    anew: frozenset[str]
    places: frozenset[int]


def read(cells: list) -> tuple[list[Claim], list[Step]]:
    """The claims of a chapter's cells (each with `line` and `code`), and the chapter's statements, ready to run."""
    claims, steps = [], []
    for cell in cells:
        turn = _Claims(len(claims))
        for statement in ast.parse(cell.code).body:
            before = len(turn.sentences)
            asked = turn.visit(statement)
            places = frozenset(turn.first + i for i in range(before, len(turn.sentences)))
            program = compile(ast.Module([asked], []), f"<cell of line {cell.line}>", "exec")
            steps.append(Step(program, *_names(statement, program), places))
        claims += [Claim(cell.line, turn.first + i, sentence) for i, sentence in enumerate(turn.sentences)]
    return claims, steps


class _Claims(ast.NodeTransformer):
    """Turns `assert a, b` into `_claim(place, lambda: a)`."""

    def __init__(self, first: int):
        self.sentences: list[str] = []
        self.first = first

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        place = self.first + len(self.sentences)
        self.sentences.append(node.msg.value if isinstance(node.msg, ast.Constant) else "")
        empty = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        asked = ast.Lambda(args=empty, body=node.test)
        call = ast.Call(ast.Name("_claim", ast.Load()), [ast.Constant(place), asked], [])
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(call), node))


def _names(statement: ast.stmt, program: CodeType) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What a statement reads and what it sets, and of these what it sets whatever was there: not d in `d["x"] = 1`."""
    used: dict[str, set[str]] = {"LOAD": set(), "STORE": set()}
    codes = [program]
    while codes:
        code = codes.pop()
        codes += [c for c in code.co_consts if isinstance(c, CodeType)]
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_NAME", "LOAD_GLOBAL", "STORE_NAME", "STORE_GLOBAL"):
                used[step.opname.split("_")[0]].add(step.argval)
    within = {
        _root(node)
        for node in ast.walk(statement)
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load)
    }
    anew = used["STORE"] if isinstance(statement, ast.Assign) else set()
    return frozenset(used["LOAD"]), frozenset(used["STORE"] | within), frozenset(anew)


def _root(node: ast.expr) -> str:
    """The name in front of all brackets and dots."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def needed(steps: list[Step], places: set[int]) -> list[Step]:
    """The steps that these claims rest on, in order: most of a chapter shows something, and nothing rests on that."""
    kept, wanted = [], set()
    for step in reversed(steps):
        if step.places & places or step.sets & wanted:
            kept.append(step)
            wanted = (wanted - step.anew) | step.reads
    return kept[::-1]


Change = Callable[[pd.DataFrame], pd.DataFrame]


def hold(
    steps: list[Step], places: set[int], change: Change | None = None, loader: str = "load_hsb"
) -> dict[int, bool]:
    """Which of these claims hold on the data that the loader reads, changed, by place.

    One that could not be computed there does not hold.
    """
    held: dict[int, bool] = {}

    def ask(place: int, condition: Callable[[], object]) -> None:
        if place in places:
            try:
                held[place] = bool(condition())
            except Exception:
                held[place] = False

    load, draw = getattr(hlm, loader), hlm.false_positives

    def changed(*arguments, **options):
        return change(load(*arguments, **options)) if change else load(*arguments, **options)

    def fewer(fit, term, n=SAMPLES, **options):
        return draw(fit, term, n=min(n, SAMPLES), **options)

    names = {"_claim": ask}
    with (
        mock.patch.object(hlm, loader, changed),
        mock.patch.object(hlm, "false_positives", fewer),
        mock.patch.object(hlm, "plots", _NoPictures()),
        mock.patch("builtins.print"),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        for step in needed(steps, places):
            try:
                exec(step.program, names)
            except Exception:  # a step that these data do not allow; what rests on it will not hold
                if change is None:
                    raise
    return held


class _NoPictures(SimpleNamespace):
    def __getattr__(self, name: str):
        return lambda *arguments, **options: None


# ------------------------------------------------------------------------------------------------- other worlds


def _schools(d: pd.DataFrame) -> pd.DataFrame:
    return d.groupby("sch.id").first()


def sectors_swapped(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(sector=1 - d["sector"])


def sectors_drawn_by_lot(d: pd.DataFrame) -> pd.DataFrame:
    schools = _schools(d)["sector"]
    lots = pd.Series(np.random.default_rng(1).permutation(schools), index=schools.index)
    return d.assign(sector=d["sch.id"].map(lots))


def scores_shuffled(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(math=np.random.default_rng(2).permutation(d["math"]))


def homes_shuffled(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(ses=np.random.default_rng(3).permutation(d["ses"]))


def homes_reversed(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(ses=-d["ses"], meanses=-d["meanses"])


def few_schools(d: pd.DataFrame) -> pd.DataFrame:
    """Every eighth school, and of the others' students none."""
    return d[d["sch.id"].isin(d["sch.id"].unique()[::8])].reset_index(drop=True)


def few_students(d: pd.DataFrame) -> pd.DataFrame:
    """The first six of each school."""
    return d[d.groupby("sch.id").cumcount() < 6].reset_index(drop=True)


def schools_alike(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(math=d["math"] - d.groupby("sch.id")["math"].transform("mean") + d["math"].mean())


def schools_far_apart(d: pd.DataFrame) -> pd.DataFrame:
    means = d.groupby("sch.id")["math"].transform("mean")
    return d.assign(math=d["math"] + 4 * (means - means.mean()))


def schools_at_two_heights(d: pd.DataFrame) -> pd.DataFrame:
    """Each school as far from the common mean as any other, above it and below it by turns."""
    means = d.groupby("sch.id")["math"].transform("mean")
    turns = {school: (-1) ** i for i, school in enumerate(d["sch.id"].unique())}
    return d.assign(math=d["math"] - means + d["math"].mean() + 3 * d["sch.id"].map(turns))


def slopes_far_apart(d: pd.DataFrame) -> pd.DataFrame:
    """Steeper by turns, and steepest where the mean is highest."""
    means = d.groupby("sch.id")["math"].transform("mean")
    return d.assign(math=d["math"] + (means - means.mean()) * d["ses"])


def one_size(d: pd.DataFrame) -> pd.DataFrame:
    """Fourteen students of each school, all schools of one enrolment."""
    return d[d.groupby("sch.id").cumcount() < 14].assign(size=1000).reset_index(drop=True)


def lines_to_the_letter(d: pd.DataFrame) -> pd.DataFrame:
    """Hardly any residual: everybody lies close to the line of the school."""
    lines = 12 + 2 * d["ses"] + d.groupby("sch.id")["math"].transform("mean") - d["math"].mean()
    return d.assign(math=lines + 0.02 * (d["math"] - lines))


def sectors_far_apart(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(math=d["math"] + 20 * d["sector"])


def schools_of_one_kind(d: pd.DataFrame) -> pd.DataFrame:
    """Everybody is as the first student of the school is, but for the score."""
    kinds = ["minority", "female", "ses"]
    return d.assign(**d.groupby("sch.id")[kinds].transform("first"))


def small_where_good(d: pd.DataFrame) -> pd.DataFrame:
    """Catholic schools above the common mean and public ones below it have four students, the others all of theirs."""
    above = d.groupby("sch.id")["math"].transform("mean") > d["math"].mean()
    few = above == (d["sector"] == 1)
    return d[~few | (d.groupby("sch.id").cumcount() < 4)].reset_index(drop=True)


def a_lower_ceiling(d: pd.DataFrame) -> pd.DataFrame:
    """Half of the students are at the highest score."""
    return d.assign(math=d["math"].clip(upper=d["math"].median()))


def long_ends(d: pd.DataFrame) -> pd.DataFrame:
    """Every fiftieth student is six times as far from the mean of all."""
    far = np.where(np.arange(len(d)) % 50 == 0, 6, 1)
    return d.assign(math=d["math"].mean() + far * (d["math"] - d["math"].mean()))


def girls_ahead(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(math=d["math"] + 5 * d["female"])


def lines_bent_in_one_sector(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(math=d["math"] + 5 * d["sector"] * d["ses"] ** 2)


def nights_reversed(s: pd.DataFrame) -> pd.DataFrame:
    """From the baseline on, the last day first."""
    return s.assign(day=np.where(s["day"] < 2, s["day"], 11 - s["day"]))


def reactions_shuffled(s: pd.DataFrame) -> pd.DataFrame:
    return s.assign(reaction=np.random.default_rng(4).permutation(s["reaction"]))


def days_shuffled(s: pd.DataFrame) -> pd.DataFrame:
    """Each person's deviations from the line of all, in another order."""
    line = s.groupby("day")["reaction"].transform("mean")
    left, rng = s["reaction"] - line, np.random.default_rng(5)
    return s.assign(reaction=line + left.groupby(s["person"]).transform(rng.permutation))


def persons_alike(s: pd.DataFrame) -> pd.DataFrame:
    """One line for all, and what each day leaves over."""
    return s.assign(reaction=_own_lines(s)[1] + 250 + 10 * s["day"])


def persons_to_the_letter(s: pd.DataFrame) -> pd.DataFrame:
    """Hardly any residual, independent from day to day."""
    lines, _ = _own_lines(s)
    return s.assign(reaction=lines + np.random.default_rng(6).normal(0, 1, len(s)))


def slow_persons_slow_down_less(s: pd.DataFrame) -> pd.DataFrame:
    """Lines that meet long after the last day, and little beside them."""
    rng = np.random.default_rng(7)
    start = s["person"].map(dict(zip(s["person"].unique(), rng.normal(0, 60, s["person"].nunique()), strict=True)))
    return s.assign(reaction=270 + start + (s["day"] - 2) * (10 - start / 8) + rng.normal(0, 3, len(s)))


def days_missing(s: pd.DataFrame) -> pd.DataFrame:
    """Every other person was away for some days."""
    absent = s["person"].isin(s["person"].unique()[::2]) & s["day"].isin([3, 5, 7, 8])
    return s[~absent].reset_index(drop=True)


def _own_lines(s: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Each person's own line, by least squares, and what it leaves over."""
    day = s["day"] - s["day"].mean()
    mean = s.groupby("person")["reaction"].transform("mean")
    slope = (day * s["reaction"]).groupby(s["person"]).transform("sum") / (day**2).groupby(s["person"]).transform("sum")
    return mean + slope * day, s["reaction"] - mean - slope * day


def strengths_shuffled(p: pd.DataFrame) -> pd.DataFrame:
    return p.assign(strength=np.random.default_rng(8).permutation(p["strength"]))


def casks_by_number(p: pd.DataFrame) -> pd.DataFrame:
    """Casks of one number are alike in all batches."""
    return p.assign(strength=p["strength"] + 10 * p["cask"])


PASTE_WORLDS = (strengths_shuffled, casks_by_number)

SLEEP_WORLDS = (
    reactions_shuffled,
    nights_reversed,
    days_shuffled,
    persons_alike,
    persons_to_the_letter,
    slow_persons_slow_down_less,
    days_missing,
)

WORLDS = (  # those that break most claims first: what is broken once is not asked again
    scores_shuffled,
    homes_shuffled,
    slopes_far_apart,
    small_where_good,
    schools_alike,
    sectors_swapped,
    sectors_drawn_by_lot,
    homes_reversed,
    few_students,
    schools_far_apart,
    schools_at_two_heights,
    few_schools,
    one_size,
    lines_to_the_letter,
    sectors_far_apart,
    schools_of_one_kind,
    a_lower_ceiling,
    long_ends,
    girls_ahead,
    lines_bent_in_one_sector,
)

# By the function that reads the data that they change.
WORLDS_OF = {"load_hsb": WORLDS, "load_sleep": SLEEP_WORLDS, "load_paste": PASTE_WORLDS}
