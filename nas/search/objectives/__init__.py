"""What a search can minimise and limit beside error and latency: an objective is one file and one entry here."""

from collections.abc import Iterable

from nas.errors import UserError
from nas.search.objectives.macs import MACS
from nas.search.objectives.memory import MEMORY
from nas.search.objectives.objective import Objective
from nas.search.objectives.params import PARAMS
from nas.search.objectives.size import SIZE
from nas.search.objectives.traffic import TRAFFIC
from search_space.checks import did_you_mean

# their order is that of columns, constraints and words, whatever order they are asked for in
OBJECTIVES: dict[str, Objective] = {
    "params": PARAMS,
    "macs": MACS,
    "memory": MEMORY,
    "traffic": TRAFFIC,
    "size": SIZE,
}
ALWAYS = ("error", "latency")  # what every search minimises; latency is that on every device


def check_objective(name: str, field: str) -> None:
    """Raise UserError for a name that is not one of `OBJECTIVES`, said in `field`; names the known ones."""
    if name not in OBJECTIVES:
        known = (*ALWAYS, *OBJECTIVES) if field == "objective" else tuple(OBJECTIVES)
        note = " (latency: that of every device)" if field == "objective" else ""
        raise UserError(
            f"unknown {field} {name!r}{did_you_mean(name, known)}; known: {', '.join(known)}{note}", fields=(field,)
        )


def further_objectives(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` beside error and latency, which every search minimises, each once.

    Raises:
        UserError: an unknown one.
    """
    found = tuple(dict.fromkeys(name for name in names if name not in ALWAYS))
    for name in found:
        check_objective(name, "objective")
    return found


def parse_limit(name: str, value: float | str) -> float:
    """An upper limit on an objective, a number in its unit or text such as `500M`.

    Raises:
        UserError: an unknown objective, or no limit on it.
    """
    check_objective(name, "limit")
    try:
        limit = OBJECTIVES[name].parse(value) if isinstance(value, str) else value
    except ValueError as error:
        raise UserError(f"limit {name}: {error}", fields=("limit",)) from None
    if not limit > 0:
        raise UserError(f"limit {name} must be positive, got {value}", fields=("limit",))
    return limit


def limits_of(texts: Iterable[str]) -> dict[str, float]:
    """Limits as the command line takes them, `macs=500M`.

    Raises:
        UserError: one without a value, of an unknown objective, that is no limit, or a second one on an objective.
    """
    found = dict[str, float]()
    for text in texts:
        name, given, value = text.partition("=")
        if not given:
            raise UserError(f"limit {text!r} has no value; write {name}=VALUE", fields=("limit",))
        if name in found:
            raise UserError(f"limit {name} is given twice", fields=("limit",))
        found[name] = parse_limit(name, value)
    return found
