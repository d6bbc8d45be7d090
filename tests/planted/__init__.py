"""Faults planted in a copy of the project, each with the test that has to fail: what a thinned suite would miss."""
