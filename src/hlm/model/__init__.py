"""What the data say of a model: from a formula to the optimum of its likelihood.

In the order of the road: `formula` reads the language, `design` binds it to rows (`given`: their weights and
offsets), `moments` sums the rows by group (`engines` does so in a database; `sources` chooses), `rank` leaves out
columns that others determine, `checks` refuses what makes no model, `two_stage` standardises, `deviance` is the
criterion, `optimum` finds its lowest point, `estimates` turns that into the user's units; `leaving_out` has all this
without each group.
"""
