"""The lecture's lines: each numbered equation in docstring, code and oracle, and a term that is dropped is noticed."""
