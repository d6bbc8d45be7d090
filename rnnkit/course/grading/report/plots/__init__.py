"""One picture of a class a file; each takes and returns a matplotlib Axes."""
