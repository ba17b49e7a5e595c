"""Search: judges, algorithms, feasibility, Pareto fronts and result files; from Python `search.find`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nas.search.api import Found, Front, find

__all__ = ["Found", "Front", "find"]


def __getattr__(name: str) -> Any:
    if name in __all__:  # loaded when asked for: parts of this package are used without the whole
        from importlib import import_module

        return getattr(import_module("nas.search.api"), name)
    raise AttributeError(f"module 'nas.search' has no attribute {name!r}")
