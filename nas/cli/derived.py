"""Options of commands, made of the fields of a dataclass; see `nas.options`."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import partial
from typing import Annotated, Any, cast, get_origin

import typer
from typer.models import ParameterInfo

from nas.options import Option, options, spellings


def typer_option(config: type, name: str) -> Any:
    """The option of one field, for a command that takes no more of the dataclass."""
    return _typer_option(name, {each.name: found for each, found in options(config)}[name])


def takes(config: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a dataclass.

    A field is an option by its metadata (`nas.options`), or by a type annotated as Typer's are. The command's first
    parameter is a call that builds the dataclass: what was typed is in it, and the command adds the fields that are
    no options. Its other parameters are options of its own.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        derived = _parameters(config)
        own = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for each in list(inspect.signature(command).parameters.values())[1:]
        ]
        names = {each.name for each in derived}

        def wrapper(**typed: Any) -> None:
            values = {name: value for name, value in typed.items() if name in names}
            command(partial(config, **values), **{name: typed[name] for name in typed.keys() - names})

        required = [each for each in own if each.default is inspect.Parameter.empty]
        parameters = [*required, *derived, *(each for each in own if each not in required)]
        wrapper.__name__, wrapper.__doc__ = command.__name__, command.__doc__
        wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _parameters(config: type) -> list[inspect.Parameter]:
    """One for each field that is an option of `nas.options`, or whose type is annotated with one of Typer's."""
    found = {each.name: _parameter(each, option) for each, option in options(config)}
    for each in fields(config):
        if any(isinstance(more, ParameterInfo) for more in getattr(each.type, "__metadata__", ())):
            default = inspect.Parameter.empty if each.default is MISSING else each.default
            found[each.name] = inspect.Parameter(
                each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=each.type
            )
    return [found[each.name] for each in fields(config) if each.name in found]


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
