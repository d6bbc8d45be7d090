"""Starts of a machine that learns to copy: rows for unit 14, written by benchmarks/turing_machine.py."""

# Longest sequence and updates of a training; for each start after how many it was solved, or None, and the
# percentages of wrong bits at 1.5, 2 and 10 times the longest.
ROWS: dict[tuple[int, int], tuple[tuple[int | None, float, float, float], ...]] = {
    (10, 2000): ((892, 0.358, 0.771, 12.227), (1408, 0.0, 0.0, 0.0), (875, 0.365, 1.436, 25.07)),
    (20, 1500): ((576, 0.0, 0.0, 0.0), (612, 0.0, 0.0, 0.0), (1202, 0.0, 1.106, 28.297)),
}
