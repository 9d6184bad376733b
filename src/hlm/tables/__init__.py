"""What a reader sees: tables of models and of data frames, as text, HTML and LaTeX."""
