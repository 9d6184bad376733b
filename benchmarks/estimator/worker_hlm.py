"""hlm."""

import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from protocol import lme4_formula, serve

import hlm


class Program:
    group = "sch.id"

    def versions(self):
        return {name: version(name) for name in ("numpy", "pandas")}

    def read(self, path):
        return pd.read_csv(path)

    def frame(self, columns):
        return pd.DataFrame(columns, copy=False)

    def with_response(self, data, y):
        return data.assign(math=y)

    def estimate(self, data, model):
        fit = hlm.lmer(lme4_formula(model), data)
        _ = fit.params, fit.bse
        return fit

    def table(self, fit, data):
        return fit, fit.coef_table()

    def answer(self, fit_and_table):
        fit, table = fit_and_table
        return {
            "log_likelihood": fit.llf,
            "tau00": float(fit.var_corr["vcov"].iloc[0]),
            "se": table["se"].tolist(),
            "df": table["df"].tolist(),
        }

    def kenward_roger(self, fit, data):
        table = fit.coef_table("kenward-roger")
        return table["se"], table["df"]

    def prepare(self, data, model):
        return self.estimate(data, model)

    def refit(self, prepared, y):
        fit = prepared.refit(np.asarray(y))
        return fit.params, fit.bse


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of singular fits, each time
    serve(Program())
