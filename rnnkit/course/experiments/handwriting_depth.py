"""How deep a net that writes should be: rows for unit 15, written by benchmarks/handwriting_depth.py."""

UPDATES = 1000
# Net: its weights, then for each seed nats a point on texts held out, and the share of digits read at bias 0.
ROWS: dict[str, tuple[int, tuple[float, ...], tuple[float, ...]]] = {
    "one layer": (64622, (0.6093, 0.5993, 0.6277), (0.828, 0.816, 0.824)),
    "two layers": (65736, (0.6309, 0.6049, 0.6242), (0.926, 0.866, 0.908)),
    "two layers with skips": (65164, (0.6615, 0.6343, 0.6198), (0.914, 0.918, 0.92)),
}
