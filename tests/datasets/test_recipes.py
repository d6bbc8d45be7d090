"""Recipes from the data package, from files of one's own, and from the grammar."""

import csv
import json

import pytest

from rnnkit.datasets import Recipe, _packages, generate_recipes, load_recipes, recipes


@pytest.fixture(scope="module")
def cookbook():
    try:
        return load_recipes()
    except FileNotFoundError:
        pytest.skip("the data package is not installed")


@pytest.fixture
def some():
    return generate_recipes(14, seed=2)


def test_the_packaged_recipes(cookbook):
    assert len(cookbook) == 3129
    assert all(recipe.title and recipe.text for recipe in cookbook)
    assert cookbook[0].title == "'Out of Salad Dressing' Salad Dressing"
    assert cookbook[0].text.splitlines()[1] == "1 ½ lemons, juiced"
    assert len(cookbook[0].steps) == 3


def test_package_missing(monkeypatch):
    monkeypatch.setattr(recipes, "DISTRIBUTION", "no-such-recipes")
    with pytest.raises(FileNotFoundError, match="no-such-recipes==0.1.1.*rnnkit fetch"):
        load_recipes()


def test_package_with_another_file(monkeypatch):
    monkeypatch.setattr(recipes, "SHA256", "0" * 64)
    try:
        _packages.package_file(recipes.DISTRIBUTION, recipes.VERSION, recipes.FILE, "0" * 64)
    except FileNotFoundError:
        pytest.skip("the data package is not installed")
    except ValueError:
        pass
    with pytest.raises(ValueError, match="expected sha256 0000.*received 9bcd"):
        load_recipes()


@pytest.mark.parametrize("kind", ["list", "dictionary", "texts"])
def test_own_json(kind, some, tmp_path):
    items = [vars(recipe) for recipe in some]
    data = {
        "list": items,
        "dictionary": {item["title"] + str(i): item for i, item in enumerate(items)},
        "texts": [recipe.text for recipe in some],
    }[kind]
    path = tmp_path / "own.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert [recipe.text for recipe in load_recipes(path)] == [recipe.text for recipe in some]


def test_own_csv(some, tmp_path):
    path = tmp_path / "own.CSV"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Steps", "Title", "Ingredients"])
        for recipe in some:
            writer.writerow(["\n".join(recipe.steps), recipe.title, "\n".join(recipe.ingredients)])
    assert load_recipes(path) == some


def test_own_text(some, tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("\n\n \n".join(recipe.text for recipe in some) + "\n", encoding="utf-8")
    assert [recipe.text for recipe in load_recipes(str(path))] == [recipe.text for recipe in some]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "is empty. Give a file with recipes"),
        ("a.csv", b" \n", "is empty"),
        ("a.json", b"[]", "is empty"),
        (
            "a.txt",
            b"Tea\nBoil water.",
            "at least 10 recipes with 2000 characters together, received 1 with 15 .*too short",
        ),
        ("a.txt", b"Tea\n\n" * 12, "received 12 with 36 .*too short"),
        ("a.txt", b"Cr\xe8me", r"expected UTF-8 text, received .*byte 2\). Save it as UTF-8"),
        ("a.json", b"[1,", "expected JSON, received .* which is not"),
        ("a.json", b"3", "expected a JSON list or object of recipes, received int"),
        ("a.json", b'["Tea", {"name": "x"}]', "as an object with a title, received .* as number 1"),
        (
            "a.csv",
            b"name,steps\nTea,Boil\n",
            "first line names the columns title, ingredients, steps, received .*name, steps",
        ),
    ],
)
def test_own_file_that_does_not_do(name, content, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load_recipes(path)


def test_own_file_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="path: expected a text, JSON or CSV file .* not a file"):
        load_recipes(tmp_path / "none.txt")
    with pytest.raises(FileNotFoundError, match="not a file"):
        load_recipes(tmp_path)


def test_generated_recipes_depend_on_the_seed_alone_and_use_their_ingredients():
    one, two, other = generate_recipes(30, seed=4), generate_recipes(30, seed=4), generate_recipes(30, seed=5)
    assert one == two != other
    for recipe in one:
        steps = " ".join(recipe.steps)
        assert all(line.split()[-1] in steps for line in recipe.ingredients)
    with pytest.raises(ValueError, match="count: expected at least 1 recipe, received 0"):
        generate_recipes(0)


def test_blank_lines_are_dropped():
    assert Recipe(" Tea ", ["", "water "], ["Boil."]).text == "Tea\nwater\nBoil."
