"""Grading through nbgrader's extension points: submissions screened, run in a sandbox, marked, reported."""
