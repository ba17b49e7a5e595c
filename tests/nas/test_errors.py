"""Errors that end a command: their exit codes, and how a message names an option."""

import pytest

from nas.errors import BudgetError, UserError


@pytest.mark.parametrize(("kind", "code"), [(UserError, 2), (BudgetError, 3)])
def test_exit_codes(kind: type[UserError], code: int) -> None:
    assert kind("x").exit_code == code
    assert isinstance(kind("x"), ValueError)


@pytest.mark.parametrize(
    ("message", "fields", "names", "said"),
    [
        ("budget must be positive", ("budget",), None, "--budget must be positive"),
        ("dry_run needs a device", ("dry_run",), None, "--dry-run needs a device"),
        ("data needs accuracy", ("data", "accuracy"), {"accuracy": "--supernet"}, "--data needs --supernet"),
        ("budget 1 is no budget", ("budget",), None, "--budget 1 is no budget"),  # where it stands first alone
        ("budgets of low-budget boards: budget", ("budget",), None, "budgets of low-budget boards: --budget"),
        ("nothing to name", ("budget",), None, "nothing to name"),
        ("budget without fields", (), None, "budget without fields"),
    ],
)
def test_fields_are_said_as_options(
    message: str, fields: tuple[str, ...], names: dict[str, str] | None, said: str
) -> None:
    error = UserError(message, fields=fields)
    assert str(error) == message
    assert error.as_options(names) == said
