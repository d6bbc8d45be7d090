"""What only the course needs: units and their experiments, checks in words, marking, the command `rnnkit`."""
