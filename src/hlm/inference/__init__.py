"""How sure we are: tests, degrees of freedom, intervals, comparison of models.

`satterthwaite` and `kenward_roger` each compute degrees of freedom (the latter standard errors too), and `hypotheses`
tests with them: `contrasts`, which may be `equations` as text; terms, in `anova` (what is tested of each, in
`anova_hypotheses`); and `ls_means`, whose p values `adjustment` adjusts. `intervals` profiles the variances and
`effect_intervals` the fixed effects; `prediction` says how far off predictions may be; `simulation` draws new data
and bootstraps. `comparison` weighs models (`nesting`: which is a special case of which), `random_terms` each against
those without a random term, with `boundary` for a variance against zero. `influence` is that of rows,
`without_groups` that of groups. `fit` says what they ask of a fitted model.
"""
