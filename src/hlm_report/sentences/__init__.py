"""All that a report can say, a file for each part of it; in each the sentences with their conditions."""

from . import data, variances, coefficients, products, errors, comparisons, slopes, checks, summary  # noqa: I001 - the order of the report
from .registry import SENTENCES, Said, Sentence, warnings, say, topics

__all__ = [
    "SENTENCES",
    "Said",
    "Sentence",
    "checks",
    "coefficients",
    "comparisons",
    "data",
    "errors",
    "products",
    "say",
    "slopes",
    "summary",
    "topics",
    "variances",
    "warnings",
]
