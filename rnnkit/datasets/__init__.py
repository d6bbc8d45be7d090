"""Data for the course: real recordings and texts from data packages, and seeded generators. NumPy only."""
