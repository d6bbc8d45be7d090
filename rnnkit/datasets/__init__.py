"""Data for the course: real recordings and texts from data packages, and seeded generators. NumPy only."""

from rnnkit.datasets.accelerometer import AccelerationRecordings, load_accelerometer
from rnnkit.datasets.recipes import Recipe, generate_recipes, load_recipes
from rnnkit.datasets.rotating_machine import MachineVibration, rotating_machine

__all__ = [
    "AccelerationRecordings",
    "MachineVibration",
    "Recipe",
    "generate_recipes",
    "load_accelerometer",
    "load_recipes",
    "rotating_machine",
]
