"""From results to finished documents: Pandoc's tree, numbers, references, citations."""
