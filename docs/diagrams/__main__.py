"""Draw all diagrams: PYTHONPATH=docs python -m diagrams"""

from diagrams import FOLDER, all_diagrams

for diagram in all_diagrams():
    path = FOLDER / f"{diagram.name}.svg"
    path.write_text(diagram.svg(), encoding="utf-8")
    print(f"wrote {path.name}, {path.stat().st_size:,} bytes")
