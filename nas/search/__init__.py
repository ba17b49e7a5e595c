"""Search: judges, algorithms, feasibility, Pareto fronts and result files; from Python `search.find`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nas.search.api import Found, Front, find
    from nas.search.config import SearchConfig
    from nas.search.targets import Target

_PLACES = {"Found": "api", "Front": "api", "find": "api", "SearchConfig": "config", "Target": "targets"}

__all__ = ["Found", "Front", "SearchConfig", "Target", "find"]


def __getattr__(name: str) -> Any:
    if name in _PLACES:  # loaded when asked for: parts of this package are used without the whole
        from importlib import import_module

        return getattr(import_module(f"nas.search.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'nas.search' has no attribute {name!r}")
