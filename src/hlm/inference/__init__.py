"""How sure we are: tests, degrees of freedom, intervals, comparison of models."""
