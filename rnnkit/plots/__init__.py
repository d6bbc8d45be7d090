"""One kind of picture a file; each takes and returns a Matplotlib Axes."""
