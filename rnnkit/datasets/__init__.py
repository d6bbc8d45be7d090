"""Data for the course: real recordings and texts from data packages, and seeded generators. NumPy only."""

from rnnkit.datasets.recipes import Recipe, generate_recipes, load_recipes

__all__ = ["Recipe", "generate_recipes", "load_recipes"]
