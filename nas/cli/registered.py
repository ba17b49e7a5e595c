"""Help that names what is registered, read when help is asked for, so that commands start quickly."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from typer.core import TyperCommand

if TYPE_CHECKING:
    from typer._click.core import Context
    from typer._click.formatting import HelpFormatter


def _recipes() -> str:
    from supernet.strategies import RECIPES

    return ", ".join(f"{name} ({recipe.source})" for name, recipe in RECIPES.items())


def _data_sets() -> str:
    from supernet.data import DATASETS

    return ", ".join(DATASETS)


def _objectives() -> str:
    from nas.search.objectives import OBJECTIVES

    return ", ".join(OBJECTIVES)


def _spaces() -> str:
    from search_space import SPACES

    return ", ".join(f"{name} ({space.supernet_parameters / 1e6:.0f} M)" for name, space in SPACES.items())


PLACES: dict[str, Callable[[], str]] = {
    "{recipes}": _recipes,
    "{data sets}": _data_sets,
    "{objectives}": _objectives,
    "{spaces}": _spaces,
}
"""What a help text may hold, and the entries that take its place."""


def filled(text: str) -> str:
    """The help text with every place filled."""
    for place, entries in PLACES.items():
        if place in text:
            text = text.replace(place, entries())
    return text


class RegisteredHelp(TyperCommand):
    """A command in whose help, and that of its options, places are filled as it is shown."""

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Show the help; what is written stays as it is for the next time."""
        parts = [part for part in (self, *self.params) if getattr(part, "help", None)]
        written = [part.help for part in parts]  # type: ignore[attr-defined]
        for part, text in zip(parts, written, strict=True):
            part.help = filled(text)  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)
        for part, text in zip(parts, written, strict=True):
            part.help = text  # type: ignore[attr-defined]
