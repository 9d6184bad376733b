"""How sure we are: tests, degrees of freedom, intervals, comparison of models.

`satterthwaite` and `kenward_roger` each compute degrees of freedom (the latter standard errors too), and `hypotheses`
tests with them. `intervals` profiles the variances, `simulation` draws new data and bootstraps, `comparison` weighs two
models, with `boundary` for a variance against zero. `fit` says what they ask of a fitted model.
"""
