"""The fields of a dataclass become options: by their metadata, or by a type annotated as Typer's are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from nas.cli.derived import takes
from nas.options import option


@dataclass(frozen=True, kw_only=True)
class Order:
    dish: Annotated[str, typer.Argument(help="What.")]
    plates: int = field(default=2, metadata=option("How many."))
    sauce: Annotated[str | None, typer.Option("--with", help="Sauce.")] = None
    paid: bool = False  # no option


@takes(Order)
def order(ask: Callable[..., Order], loudly: Annotated[bool, typer.Option("--loudly")] = False) -> None:
    """Order."""
    print(ask(paid=True), loudly)


APP = typer.Typer(add_completion=False)
APP.command()(order)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("soup", f"{Order(dish='soup', paid=True)} False\n"),
        ("soup --plates 3 --with salt --loudly", f"{Order(dish='soup', plates=3, sauce='salt', paid=True)} True\n"),
    ],
)
def test_what_is_typed_is_in_the_dataclass(typed: str, expected: str) -> None:
    assert CliRunner().invoke(APP, typed.split(), catch_exceptions=False).output == expected


def test_a_field_without_default_is_required() -> None:
    found = CliRunner().invoke(APP, ["--plates", "3"])
    assert (found.exit_code, "Missing argument" in found.output) == (2, True)


def test_a_command_is_called_from_python_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    order(dish="soup", sauce="salt", loudly=True)
    assert capsys.readouterr().out == f"{Order(dish='soup', sauce='salt', paid=True)} True\n"
