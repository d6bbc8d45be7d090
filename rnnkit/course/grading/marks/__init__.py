"""nbgrader's course and gradebook: verdicts become marks, late days cost."""
