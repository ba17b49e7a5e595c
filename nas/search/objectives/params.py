"""Trainable parameters."""

from nas.search.objectives.objective import CostObjective
from nas.units import format_count, parse_whole

PARAMS = CostObjective(
    name="params",
    unit="",
    words="parameters",
    column="parameters",
    formula=lambda costs: costs["parameters"],
    parse=parse_whole,
    shown=format_count,
    of_other=lambda network: network.parameters,
)
