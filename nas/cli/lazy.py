"""A group whose commands are loaded when they are asked for, so that `nas --help` reads their sentences alone."""

import ast
from collections.abc import Iterator, MutableMapping
from copy import copy
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from nas.cli.registered import RegisteredHelp

if TYPE_CHECKING:
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter

COMMANDS = (
    "search",
    "report",
    "explain",
    "devices",
    "spaces",
    "show",
    "collect",
    "fit",
    "rivals",
    "train",
    "evaluate",
    "audit",
    "doctor",
    "export",
    "convert",
)
"""In the order of the help; each is the function of its name in the module of its name in this room."""


def load(name: str) -> "Command":
    """The command of that name, of its module."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
    alone.command(name=name, cls=RegisteredHelp)(getattr(import_module(f"nas.cli.{name}"), name))
    return typer.main.get_command(alone)


def sentence(name: str) -> str:
    """The first paragraph of a command's docstring, read without importing its module."""
    tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
    (command,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return (ast.get_docstring(command) or "").partition("\n\n")[0]


class Lazy(MutableMapping[str, "Command"]):
    """Commands by name; one is loaded when it is first looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, Command | None] = dict.fromkeys(COMMANDS)

    def __getitem__(self, name: str) -> "Command":
        found = self._loaded[name]
        if found is None:
            found = self._loaded[name] = load(name)
        return found

    def __setitem__(self, name: str, command: "Command") -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


class LazyGroup(TyperGroup):
    """The commands of `COMMANDS`."""

    def __init__(self, **attributes: Any) -> None:  # Typer's own
        super().__init__(**attributes)
        self.commands = Lazy()

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002
        """Names alone; Typer's own looks every command up."""
        return list(self.commands)

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Show the sentences of commands that are not loaded."""
        shown = copy(self)
        shown.commands = {name: TyperCommand(name, help=sentence(name)) for name in self.commands}
        TyperGroup.format_help(shown, ctx, formatter)
