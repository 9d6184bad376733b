"""What a reader sees: tables of models and of data frames, as text, HTML and LaTeX.

What is shown: `data_frames` (hlm.table), `model_summary` (hlm.summ), `regression` and `regression_layout`
(hlm.regression_table), with what they read of a model in `mixed_models` and `fitted_models`. Each makes a `structure`,
which `text`, `html` and `latex` write and `display` shows; `numbers` writes the numbers, `options` refuses what cannot
be asked for.
"""
