"""statsmodels: MixedLM by its default optimiser, or by the method named as argument. It has no degrees of freedom."""

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
        described = smf.mixedlm(model["fixed"], data, groups=model["group"], re_formula=f"~ {model['random']}")
        return described.fit(method=self.method)

    def table(self, fit, data):
        fit.summary()
        return fit

    def answer(self, fit):
        return {
            "log_likelihood": fit.llf,
            "tau00": float(fit.cov_re.iloc[0, 0]),
            "se": fit.bse_fe.tolist(),
            "df": None,
        }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(Program(*sys.argv[1:]))
