"""What `hlm.regression_table` is made of: models read for stargazer, numbers in print, and renderers."""
