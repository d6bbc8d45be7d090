"""The page of equations says what the docstrings say."""

import importlib.util
from pathlib import Path

import rnnkit

ROOT = Path(__file__).resolve().parents[1]


def equations():
    path = ROOT / "docs" / "equations.py"
    specification = importlib.util.spec_from_file_location("equations", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_page_is_what_the_docstrings_give():
    module = equations()
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run: python docs/equations.py"


def test_every_layer_is_linked_to_its_equations():
    library = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    page = equations().page()
    for name in rnnkit._HOME_OF_NAME:
        is_class = isinstance(getattr(rnnkit, name), type)
        if rnnkit._HOME_OF_NAME[name] == "layers" and is_class and not name.endswith("Cell"):
            assert f"equations.md#{name.lower()}" in library, f"docs/library.md does not link {name}"
            assert f"\n## {name}\n" in page
