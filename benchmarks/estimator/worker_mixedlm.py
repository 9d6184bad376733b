"""mixedlm."""

import warnings
from importlib.metadata import version

import mixedlm
import numpy as np
import pandas as pd
from protocol import lme4_formula, serve


class Program:
    def versions(self):
        return {"mixedlm": version("mixedlm")}

    def read(self, path):
        return pd.read_csv(path).rename(columns={"sch.id": "sch_id"})

    def with_response(self, data, y):
        return data.assign(math=y)

    def estimate(self, data, model):
        fit = mixedlm.lmer(lme4_formula(model), data)
        _ = fit.beta, fit.vcov()
        return fit

    def table(self, fit, data):
        return fit, mixedlm.satterthwaite_df(fit)

    def answer(self, fit_and_df):
        fit, ddf = fit_and_df
        return {
            "log_likelihood": fit.logLik().value,
            "tau00": float(next(iter(next(iter(fit.VarCorr().as_dict().values())).values()))),
            "se": np.sqrt(np.diag(fit.vcov())).tolist(),
            "df": ddf.df.tolist(),
        }

    def kenward_roger(self, fit, data):
        ddf = mixedlm.kenward_roger_df(fit)
        return np.sqrt(np.diag(fit.vcov())).tolist(), ddf.df.tolist()

    def prepare(self, data, model):
        return self.estimate(data, model)

    def refit(self, prepared, y):
        fit = prepared.refit(np.asarray(y))
        return fit.beta, fit.vcov()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(Program())
