"""What can be computed of a fit and its data, and is told or drawn elsewhere: numbers only, no words."""
