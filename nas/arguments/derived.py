"""Options of commands, made of the fields of a dataclass; see `nas.options`."""

import inspect
from collections.abc import Callable
from dataclasses import Field
from functools import partial
from typing import Annotated, Any, cast, get_origin

import typer

from nas.options import Option, options, spellings


def typer_option(config: type, name: str) -> Any:
    """The option of one field, for a command that takes no more of the dataclass."""
    return _typer_option(name, {each.name: found for each, found in options(config)}[name])


def takes(config: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a dataclass.

    The command's first parameter is a call that builds the dataclass: what was typed is in it, and the command adds
    the fields that are no options. Its other parameters are options of its own.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        derived = [_parameter(each, found) for each, found in options(config)]
        own = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for each in list(inspect.signature(command).parameters.values())[1:]
        ]
        names = {each.name for each in derived}

        def wrapper(**typed: Any) -> None:
            fields = {name: value for name, value in typed.items() if name in names}
            command(partial(config, **fields), **{name: typed[name] for name in typed.keys() - names})

        required = [each for each in own if each.default is inspect.Parameter.empty]
        parameters = [*required, *derived, *(each for each in own if each not in required)]
        wrapper.__name__, wrapper.__doc__ = command.__name__, command.__doc__
        wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _parameter(field: "Field[Any]", found: Option) -> inspect.Parameter:
    typed = field.type if found.type is None else found.type
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=list(cast("tuple[Any, ...]", field.default)) if get_origin(typed) is list else field.default,
        annotation=Annotated[typed, _typer_option(field.name, found)],
    )


def _typer_option(name: str, found: Option) -> Any:
    return typer.Option(*spellings(name, found), help=found.help, metavar=found.metavar)
