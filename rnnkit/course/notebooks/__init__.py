"""The course's notebooks: derived from percent scripts, executed, tabulated."""
