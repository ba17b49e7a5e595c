"""Help that names what is registered."""

from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from nas.cli.registered import PLACES, RegisteredHelp, filled
from supernet.data import DATASETS
from supernet.strategies import RECIPES


def test_every_entry_stands_in_its_place() -> None:
    assert filled("One of {data sets}.") == f"One of {', '.join(DATASETS)}."
    recipes = filled("{recipes}")
    assert all(f"{name} ({recipe.source})" in recipes for name, recipe in RECIPES.items())
    assert filled("{nothing} registered") == "{nothing} registered"


def test_an_entry_made_later_is_in_the_help_and_the_text_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer(rich_markup_mode=None)

    @app.command(cls=RegisteredHelp)
    def command(name: str = typer.Option("", help="Of {data sets}.")) -> None:
        """Takes {recipes}."""

    first = CliRunner().invoke(app, ["--help"]).output
    name, recipe = next(iter(RECIPES.items()))
    monkeypatch.setitem(RECIPES, "my-recipe", replace(recipe, source="my paper"))
    second = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert not any(place in first + second for place in PLACES)
    assert name in first
    assert "my-recipe" not in first
    assert "my-recipe (my paper)" in second
