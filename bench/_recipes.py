"""Recipes as the benches' command lines give them: changes to this machine's default."""

import json

from models.recipe import Recipe


def split(words: list[str]) -> list[list[str]]:
    """Part a command line at each `--`: the bench's own words, then each recipe's changes."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "--":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def changed(recipe: Recipe, changes: list[str]) -> Recipe:
    """Apply `name=value` changes; values are JSON, or else plain words."""
    values = recipe.to_json()
    for change in changes:
        name, _, value = change.partition("=")
        try:
            values[name] = json.loads(value)
        except ValueError:
            values[name] = value
    return Recipe.from_json(values)
