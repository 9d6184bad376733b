"""lme-python, on the Polars frames that it is made for."""

from importlib.metadata import version

import lme_python
import polars as pl
from protocol import lme4_formula, serve


class Program:
    group = "sch_id"

    def versions(self):
        return {name: version(name) for name in ("lme-python", "polars")}

    def read(self, path):
        return pl.read_csv(path).rename({"sch.id": "sch_id"}, strict=False)

    def frame(self, columns):
        return pl.DataFrame([pl.Series(name, values) for name, values in columns.items()])

    def with_response(self, data, y):
        return data.with_columns(pl.Series("math", y))

    def estimate(self, data, model):
        return lme_python.lmer(lme4_formula(model), data)

    def table(self, fit, data):
        fit.with_satterthwaite(data)
        return fit

    def answer(self, fit):
        return {
            "log_likelihood": fit.log_likelihood,
            "tau00": fit.var_corr[0][3],
            "se": fit.beta_se,
            "df": fit.satterthwaite_dfs,
        }

    def kenward_roger(self, fit, data):
        fit.with_kenward_roger(data)
        return fit.beta_se, fit.kenward_roger_dfs

    def prepare(self, data, model):
        return lme_python.prepare_lmer(lme4_formula(model), data)

    def refit(self, prepared, y):
        return prepared.fit(y)


if __name__ == "__main__":
    serve(Program())
