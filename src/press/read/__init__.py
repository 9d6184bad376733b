"""What stands in the sources: the project's settings, the chapters, and what is wrong with them."""
