"""Errors that end a command with one line on stderr and an exit code of their own."""


class UserError(ValueError):
    """The user's mistake (exit code 2): what was asked, what was found, what to do."""

    exit_code = 2


class BudgetError(UserError):
    """The budget cannot be kept (exit code 3)."""

    exit_code = 3
