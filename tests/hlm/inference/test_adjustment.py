"""Adjusted p values."""

import numpy as np
import pytest

from hlm.inference.adjustment import adjusted

P = np.array([0.01, 0.04, np.nan, 0.03, 0.5])


# R 4.2.2's p.adjust; Sidak's by his formula.
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("holm", [0.04, 0.09, np.nan, 0.09, 0.5]),
        ("bonferroni", [0.04, 0.16, np.nan, 0.12, 1.0]),
        ("sidak", [1 - 0.99**4, 1 - 0.96**4, np.nan, 1 - 0.97**4, 1 - 0.5**4]),
        ("none", P),
    ],
)
def test_p_values_are_adjusted(how, expected):
    np.testing.assert_allclose(adjusted(P, how), expected)


def test_p_values_of_zero_and_one_stay():
    for how in ("holm", "bonferroni", "sidak", "none"):
        np.testing.assert_allclose(adjusted(np.array([0.0, 1.0]), how), [0, 1])
        assert adjusted(np.array([]), how).size == 0
