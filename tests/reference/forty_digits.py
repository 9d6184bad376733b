"""The optimum of `math ~ sector + (1 | sch.id)` in 40-digit arithmetic, from the decimals of data/hsb.csv.

Written apart from hlm on purpose: sums of exact fractions, the textbook REML criterion of a random-intercept model in
(tau00, sigma2), and derivatives by mpmath. Run where mpmath is installed:

    python tests/reference/forty_digits.py

writes tests/reference/forty-digits.json.
"""

import csv
import json
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

from mpmath import diff, findroot, log, matrix, mp, mpf, pi, sqrt

mp.dps = 60
HERE = Path(__file__).parent

scores, sector = defaultdict(list), {}
with open(HERE.parents[1] / "data" / "hsb.csv", newline="") as file:
    for row in csv.DictReader(file):
        scores[row["sch.id"]].append(Fraction(row["math"]))
        sector[row["sch.id"]] = int(row["sector"])

n = {j: len(y) for j, y in scores.items()}
mean = {j: sum(y) / len(y) for j, y in scores.items()}
within = sum((y - mean[j]) ** 2 for j in scores for y in scores[j])


def exact(value):
    return mpf(value.numerator) / value.denominator


N, J = sum(n.values()), len(n)
SCHOOLS = [(n[j], mpf(sector[j]), exact(mean[j])) for j in n]
WITHIN = exact(within)


def gls(tau00, sigma2):
    """X'V^-1 X, X'V^-1 y, y'V^-1 y: a school's mean has the variance tau00 + sigma2 / n."""
    a = b = c = u = v = w = mpf(0)
    for size, x, y in SCHOOLS:
        weight = 1 / (tau00 + sigma2 / size)
        a, b, c = a + weight, b + weight * x, c + weight * x * x
        u, v, w = u + weight * y, v + weight * x * y, w + weight * y * y
    return matrix([[a, b], [b, c]]), matrix([u, v]), w + WITHIN / sigma2


def deviance(tau00, sigma2):
    information, score, square = gls(tau00, sigma2)
    beta = information**-1 * score
    residual = square - (score.T * beta)[0]
    logdet = (N - J) * log(sigma2) + sum(log(sigma2 + size * tau00) for size, _, _ in SCHOOLS)
    return (N - 2) * log(2 * pi) + logdet + log(mp.det(information)) + residual


def slope(t, s):
    return diff(deviance, (t, s), (1, 0)), diff(deviance, (t, s), (0, 1))


tau00, sigma2 = findroot(slope, (mpf("6.677"), mpf("39.15")), tol=1e-80, verify=False)
information, score, _ = gls(tau00, sigma2)
cov = information**-1
H = matrix(2, 2)
for i, j, order in [(0, 0, (2, 0)), (0, 1, (1, 1)), (1, 1, (0, 2))]:
    H[i, j] = H[j, i] = diff(deviance, (tau00, sigma2), order)
A = 2 * H**-1
df = []
for k in range(2):

    def variance(t, s, k=k):
        return (gls(t, s)[0] ** -1)[k, k]

    g = matrix([diff(variance, (tau00, sigma2), (1, 0)), diff(variance, (tau00, sigma2), (0, 1))])
    df.append(2 * cov[k, k] ** 2 / (g.T * A * g)[0])
beta = cov * score

mp.dps = 40
out = {
    "tau00": tau00,
    "sigma2": sigma2,
    "beta": list(beta),
    "se": [sqrt(cov[k, k]) for k in range(2)],
    "satterthwaite": df,
    "log_likelihood": -deviance(tau00, sigma2) / 2,
}
as_text = {key: [str(v) for v in value] if isinstance(value, list) else str(value) for key, value in out.items()}
(HERE / "forty-digits.json").write_text(json.dumps(as_text, indent=1) + "\n")
