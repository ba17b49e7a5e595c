"""Errors that end a command with one line on stderr and an exit code of their own."""

import re
from collections.abc import Mapping


class UserError(ValueError):
    """The user's mistake (exit code 2): what was asked, what was found, what to do.

    Args:
        message: one line.
        fields: words of it that are fields of what was asked, such as `budget`; the command line calls them options.
    """

    exit_code = 2

    def __init__(self, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields

    def as_options(self, names: Mapping[str, str] | None = None) -> str:
        """The message with each field, where it stands first, as its option: by `names`, else `--` and its name."""
        message = str(self)
        for field in self.fields:
            option = (names or {}).get(field, f"--{field.replace('_', '-')}")
            message = re.sub(rf"(?<![\w-]){field}\b", option, message, count=1)
        return message


class BudgetError(UserError):
    """The budget cannot be kept (exit code 3)."""

    exit_code = 3
