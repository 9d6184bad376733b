"""Around it all: one build at a time, the last good book kept whole."""
