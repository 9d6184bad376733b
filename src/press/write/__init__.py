"""What a reader gets: pages, PDF, notebooks, search."""
