"""The chapters' cells, run in Jupyter kernels, and their results."""
