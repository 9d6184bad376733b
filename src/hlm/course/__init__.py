"""What only this course computes: its data, derivations, checks and pictures' numbers."""
