"""What the data say of a model: from a formula to the optimum of its likelihood."""
