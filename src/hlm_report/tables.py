"""The tables of a report, as data frames for `hlm.table`: each is a function of a report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import hlm

from .facts.rows import columns_of
from .facts.variances import covariances
from .levels import CONSTANT, MOSTLY, WITHIN, columns_within
from .report import Report
from .wording import n, percent, plain

WORDS = {WITHIN: "varies", CONSTANT: "constant", MOSTLY: "varies in a few"}
NONE = "–"  # what stands where there is no number
MOST = 40  # rows of a table: beyond, it is no table that anyone reads


def columns(report: Report) -> Any:
    """The columns of the model: label, kind, level, what they hold, missing values."""
    source = report.fit.design.source
    assert source is not None
    names, grouping = columns_of(source.parsed, report.data), {c for f in source.parsed.random for c in f.groups}
    levels = {each.name: columns_within(report.data[names], each.columns) for each in report.fit.design.groupings}
    labelled = any(report.labels.get(name) for name in names)
    rows = []
    for name in names:
        column = report.data[name]
        numeric = pd.api.types.is_numeric_dtype(column) and name not in grouping
        what = {
            "mean (SD)": f"{n(column.mean())} ({n(column.std())})" if numeric else "",
            "values": f"{plain(column.min())} to {plain(column.max())}" if numeric else f"{column.nunique():,} labels",
        }
        row = {"column": name, **({"label": report.labels.get(name, "")} if labelled else {}), **what}
        for group, level in levels.items():
            row[f"within {group}"] = WORDS.get(level.get(name, ""), "")
        rows.append(row | {"missing": int(column.isna().sum())})
    return _shown(pd.DataFrame(rows).set_index("column"))


def sizes(report: Report) -> Any:
    """How many rows the groups of each factor have."""
    rows = {
        factor.name: {
            "groups": factor.J,
            "smallest": int(factor.sizes.min()),
            "middle": plain(np.median(factor.sizes)),
            "mean": plain(factor.sizes.mean(), 3),
            "largest": int(factor.sizes.max()),
            "of one row": factor.singletons,
        }
        for factor in report.factors
    }
    return _shown(pd.DataFrame(rows).T.rename_axis("factor").infer_objects())


def null_variances(report: Report) -> Any:
    """The null model's variances: estimate, share, standard deviation with its interval, test."""
    rows = {
        s.factor: {
            "variance": n(s.tau00),
            "share": _share(s.share),
            "SD": n(np.sqrt(s.tau00)),
            "95 % interval": _interval(s.low, s.high),
            "p": _p(s.p),
        }
        for s in report.shares
    }
    left = 1 - sum(s.share for s in report.shares)
    scale = report.null.scale
    rows["rows"] = {"variance": n(scale), "share": _share(left), "SD": n(np.sqrt(scale)), "95 % interval": "", "p": ""}
    return _shown(pd.DataFrame(rows).T.rename_axis("between"))


def variances(report: Report) -> Any:
    """The model's variances, standard deviations and correlations."""
    rows = []
    for factor, G in covariances(report.fit).items():
        sd = np.sqrt(np.clip(np.diag(G), 0, None))
        for k, name in enumerate(G.columns):
            row = {"by": factor, "of": name, "variance": n(G.iloc[k, k]), "SD": n(sd[k])}
            for other in range(k):
                r = G.iloc[k, other] / (sd[k] * sd[other]) if sd[k] * sd[other] > 0 else np.nan
                row[f"r with {G.columns[other]}"] = hlm.num(float(r), 2)
            rows.append(row)
    rows.append({"by": "rows", "of": "", "variance": n(report.fit.scale), "SD": n(np.sqrt(report.fit.scale))})
    return _shown(pd.DataFrame(rows).fillna("").set_index("by"))


def side_by_side(report: Report) -> Any:
    """OLS beside the mixed model, in stargazer's table; of a large factor only that it is in both."""
    return hlm.regression_table(
        [report.ols, report.fit],
        **_without_large_factors(report),
        column_labels=["OLS", "mixed"],
        model_names=False,
        ddf=report.ddf,
        star_cutoffs=(0.05, 0.01, 0.001),
        statistics=["n", "ngroups", "ll"],
    )


def coefficients(report: Report) -> Any:
    """Each coefficient with its standard error, interval and test."""
    rows = {
        c.name: {
            "estimate": n(c.estimate), "SE": n(c.se), "lower": n(c.low), "upper": n(c.high), "t": hlm.num(c.t, 2),
            "d.f.": hlm.num(c.df, 1), "p": _p(c.p),
        }
        for c in report.coefficients
    }  # fmt: skip
    return _shown(pd.DataFrame(rows).T.rename_axis("coefficient"))


def tests(report: Report) -> Any:
    """An F test of each term, in which all levels of a factor are tested together (type III)."""
    table = report.fit.anova("III", report.ddf)
    rows = {
        term: {
            "F": hlm.num(row["F"], 2), "d.f.": hlm.num(row["df_num"], 0), "residual d.f.": hlm.num(row["df_denom"], 1),
            "p": _p(row["p"]),
        }
        for term, row in table.iterrows()
    }  # fmt: skip
    return _shown(pd.DataFrame(rows).T.rename_axis("term"))


def reported(report: Report) -> Any:
    """The mixed model alone, with its variances, as a table to report."""
    return hlm.regression_table(
        [report.fit],
        **_without_large_factors(report),
        ddf=report.ddf,
        star_cutoffs=(0.05, 0.01, 0.001),
        statistics=["n", "ll"],
        variance_components=True,
    )


def _without_large_factors(report: Report) -> dict[str, Any]:
    """The coefficients to show, and a note on those that are in the models and not shown."""
    if not report.large_factors:
        return {}
    shown = [c.name for c in report.told]
    notes = [f"{f.count - 1} coefficients of {f.variable} are not shown." for f in report.large_factors]
    return {"covariate_order": [*shown, "Intercept"] if "Intercept" in report.fit.params else shown, "notes": notes}


def sampling(report: Report) -> Any:
    """Where the sampling variance of each coefficient comes from, and least squares' standard error beside it."""
    names = [factor.name for factor in report.factors]
    rows = {
        c.name: {
            "SE": n(c.se),
            **{f"from {name}": _share(c.shares[name]) for name in names},
            "from rows": _share(c.shares["rows"]),
            "SE by OLS": n(c.ols["se"]),
            "d.f.": hlm.num(c.df, 1),
        }
        for c in report.coefficients
    }
    return _shown(pd.DataFrame(rows).T.rename_axis("coefficient"))


def within_between(report: Report) -> Any:
    """The slopes within groups and between them, and their difference with its interval and test."""
    rows = {
        s.name: {
            "within": n(s.within), "between": n(s.between), "difference": n(s.difference), "lower": n(s.low),
            "upper": n(s.high), "p": _p(s.p),
        }
        for s in report.splits
    }  # fmt: skip
    return _shown(pd.DataFrame(rows).T.rename_axis("predictor"))


def influence(report: Report) -> Any:
    """Those groups without which a coefficient changes most: what it is then, and how far it moved."""
    rows = []
    for each in report.influence:
        moves = each.moves.drop(columns="Intercept", errors="ignore") if each.moves.shape[1] > 1 else each.moves
        for group in moves.abs().max(axis=1).nlargest(5).index:
            name = moves.loc[group].abs().idxmax()
            rows.append(
                {
                    "left out": f"{group}" if len(report.factors) == 1 else f"{group} ({each.factor})",
                    "coefficient": name,
                    "with it": n(report.fit.params[name]),
                    "without": n(each.estimates.loc[group, name]),
                    "moved (SE)": hlm.num(float(moves.loc[group, name]), 2),
                }
            )
    return _shown(pd.DataFrame(rows).set_index("left out"))


def _shown(frame: pd.DataFrame) -> Any:
    """A frame as a table: written numbers to the right; of very many rows the first ones."""
    if len(frame) > MOST:
        frame = frame.head(MOST)
    return hlm.table(frame, digits=None)


def _interval(low: float, high: float) -> str:
    return NONE if not (np.isfinite(low) and np.isfinite(high)) else f"{n(low)} to {n(high)}"


def _p(p: float) -> str:
    return hlm.p_text(float(p)).replace("=\xa0", "") if np.isfinite(p) else NONE


def _share(share: float) -> str:
    return percent(share).replace(" per cent", " %") if np.isfinite(share) else NONE
