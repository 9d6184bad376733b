"""The invented data of the problems: patients in clinics, and weeks in patients. A set for each seed.

    python -m problems.invented

writes those that everybody has, data/clinics.csv and data/weeks.csv. What a seed draws from differs too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import hlm

PRACTICE = "practice"


def clinics(seed: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients in clinics, and the truth about them."""
    draw = _draws("clinics", seed)
    d = hlm.invent_design(
        groups=int(draw.integers(36, 49)),
        sizes=range(6, 25),
        within={"training": {"mean": 5, "sd": 1.8, "between": 0.9}},
        between={"programme": 0.5},
        group="clinic",
        seed=int(draw.integers(2**32)),
    )
    d["training"] = d["training"].clip(lower=0).round(1)
    d["mean"] = d.groupby("clinic")["training"].transform("mean") - 5
    d["own"] = d["training"] - 5 - d["mean"]
    gamma = {
        "Intercept": draw.uniform(46, 54),
        "programme": draw.uniform(4, 8),
        "mean": draw.uniform(2.6, 3.8),
        "own": draw.uniform(1.2, 2.2),
        "programme:own": -draw.uniform(0.4, 1),
    }
    G = _covariance(draw.uniform(8, 16), draw.uniform(0.3, 0.9), draw.uniform(-0.4, 0.4))
    sigma2 = draw.uniform(30, 45)
    formula = "recovery ~ programme * own + mean + (own | clinic)"
    d = hlm.invent(formula, d, gamma, G, sigma2, seed=int(draw.integers(2**32)))
    d["recovery"] = d["recovery"].round(1)
    names = {
        "Intercept": "mean of a clinic without a programme, at five hours",
        "programme": "difference with a programme, at the clinic's mean of training",
        "mean": "slope of training between clinics",
        "own": "slope of training within clinics without a programme",
        "programme:own": "what is added to that slope with a programme",
    }
    return d[["clinic", "programme", "training", "recovery"]], _truth(names, gamma, G, sigma2, "clinics")


def weeks(seed: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients over six weeks, and the truth about them."""
    draw = _draws("weeks", seed)
    d = hlm.invent_design(
        groups=int(draw.integers(28, 41)),
        sizes=6,
        within={"week": range(6)},
        between={"programme": 0.5},
        group="patient",
        seed=int(draw.integers(2**32)),
    )
    gamma = {
        "Intercept": draw.uniform(55, 65),
        "week": -draw.uniform(1.5, 3),
        "programme": draw.uniform(-2, 2),
        "week:programme": -draw.uniform(0.8, 2),
    }
    G = _covariance(draw.uniform(50, 90), draw.uniform(1, 2.5), draw.uniform(-0.4, 0.4))
    sigma2 = draw.uniform(12, 25)
    formula = "pain ~ week * programme + (week | patient)"
    d = hlm.invent(formula, d, gamma, G, sigma2, seed=int(draw.integers(2**32)))
    names = {
        "Intercept": "mean at week 0, without a programme",
        "week": "change a week, without a programme",
        "programme": "difference with a programme, at week 0",
        "week:programme": "what is added to the change a week with a programme",
    }
    return d.assign(pain=d["pain"].round(1)), _truth(names, gamma, G, sigma2, "patients")


DRAWN: dict[str, Callable[[str], tuple[pd.DataFrame, pd.DataFrame]]] = {"clinics": clinics, "weeks": weeks}


def csv_of(frame: pd.DataFrame) -> bytes:
    """The same bytes on every system."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _draws(table: str, seed: str) -> np.random.Generator:
    """A stream for each table and seed, whatever else is drawn."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(f"{table}\0{seed}".encode()).digest()[:16], "big"))


def _covariance(tau00: float, tau11: float, rho: float) -> np.ndarray:
    tau01 = rho * np.sqrt(tau00 * tau11)
    return np.array([[tau00, tau01], [tau01, tau11]])


def _truth(names: dict[str, str], gamma: dict[str, float], G: np.ndarray, sigma2: float, groups: str) -> pd.DataFrame:
    """A row for each parameter, with the value that the data were drawn with."""
    variances = {
        f"τ₀₀, variance of the intercepts of {groups}": G[0, 0],
        f"τ₀₁, covariance of the intercepts and slopes of {groups}": G[0, 1],
        f"τ₁₁, variance of the slopes of {groups}": G[1, 1],
        f"σ², variance within {groups}": sigma2,
    }
    values = {**{names[name]: value for name, value in gamma.items()}, **variances}
    return pd.DataFrame({"parameter": values.keys(), "drawn with": values.values()})


if __name__ == "__main__":
    for name, drawn in DRAWN.items():
        file = Path("data") / f"{name}.csv"
        file.write_bytes(csv_of(drawn(PRACTICE)[0]))
        print("Wrote", file)
