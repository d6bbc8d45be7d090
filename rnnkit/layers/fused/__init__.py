"""One fast loop over time for the cells that state what it needs. Only `layer` is loaded away from TensorFlow."""
