"""Options of a command as fields of a dataclass: default, help and bounds stand there once.

The command line makes its options of them (`nas.cli.derived`); from Python the fields are the arguments.
"""

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields
from typing import Any

from nas.errors import UserError

_KEY = "option"


@dataclass(frozen=True, kw_only=True)
class Option:
    """What a field is on the command line.

    `names` are its spellings, `--` and the field's name unless given; `type` is that of what is typed, where the
    field takes more than that; a number below `least` is refused.
    """

    help: str
    names: tuple[str, ...] = ()
    metavar: str | None = None
    type: Any = None
    least: int | None = None


def option(help: str, **more: Any) -> dict[str, Option]:  # noqa: A002
    """Metadata of a field that is an option; `more` are the other fields of `Option`."""
    return {_KEY: Option(help=help, **more)}


def options(config: Any) -> Iterator[tuple["Field[Any]", Option]]:
    """The fields of a dataclass, or of a value, that are options."""
    for each in fields(config):
        if _KEY in each.metadata:
            yield each, each.metadata[_KEY]


def spellings(name: str, found: Option) -> tuple[str, ...]:
    """Of the option that a field is; `--yes/--no` is one that has two."""
    return found.names or (f"--{name.replace('_', '-')}",)


def option_names(config: Any) -> dict[str, str]:
    """What the command line calls a field, by field."""
    return {each.name: spellings(each.name, found)[0].partition("/")[0] for each, found in options(config)}


def check_bounds(config: Any) -> None:
    """Raise UserError for a number below what its option allows; names the field."""
    for each, found in options(config):
        value = getattr(config, each.name)
        if found.least is not None and value is not None and value < found.least:
            raise UserError(f"{each.name} must be at least {found.least}, got {value}", fields=(each.name,))
