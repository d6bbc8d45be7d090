"""Marking the course: nbgrader's extension points, reports and releases."""
