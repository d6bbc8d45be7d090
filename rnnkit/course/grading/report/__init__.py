"""Marks for people: CSV files, a page with pictures, feedback."""
