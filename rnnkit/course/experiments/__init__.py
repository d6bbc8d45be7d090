"""Training loops and plumbing of the course's experiments, kept out of the notebooks."""
