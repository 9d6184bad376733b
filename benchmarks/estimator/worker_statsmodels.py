"""statsmodels: MixedLM by its default optimiser, or by the method named as argument. It has no degrees of freedom."""

import keyword
import re
import sys
import warnings
from importlib.metadata import version

import pandas as pd
import statsmodels.formula.api as smf
from protocol import serve


class Program:
    def __init__(self, method=None):
        self.method = method

    def versions(self):
        return {"statsmodels": version("statsmodels")}

    def read(self, path):
        return pd.read_csv(path)

    def estimate(self, data, model):
        if model.get("factors"):  # several factors are variance components of one group that holds all rows
            parts = {
                factor: "0 + " + ":".join(f"C({_quoted(name)})" for name in factor.split(":"))
                for factor in model["factors"]
            }
            described = smf.mixedlm(_quoted(model["fixed"]), data.assign(all=1), groups="all", vc_formula=parts)
            return described.fit(method=self.method)
        described = smf.mixedlm(model["fixed"], data, groups=model["group"], re_formula=f"~ {model['random']}")
        return described.fit(method=self.method)

    def table(self, fit, data):
        fit.summary()
        return fit

    def answer(self, fit):
        return {
            "log_likelihood": fit.llf,
            "tau00": float(fit.cov_re.iloc[0, 0] if len(fit.cov_re) else fit.vcomp[0]),
            "se": fit.bse_fe.tolist(),
            "names": [re.sub(r"\[T\.(.*?)\]", r"\1", name) for name in fit.fe_params.index],  # as R has them
            "df": None,
        }


def _quoted(formula):
    """Words of Python's own in a formula, such as yield, as patsy takes them."""
    return re.sub(rf"\b({'|'.join(keyword.kwlist)})\b", r'Q("\1")', formula)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(Program(*sys.argv[1:]))
