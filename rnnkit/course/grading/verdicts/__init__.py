"""What the checks say of a hand-in, in a process that the student's code cannot reach."""
