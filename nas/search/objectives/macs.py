"""Multiply-adds, at the network's resolution and batch 1."""

from nas.search.objectives.objective import CostObjective
from nas.units import format_count, parse_whole

MACS = CostObjective(
    name="macs",
    unit="",
    words="multiply-adds",
    column="macs",
    formula=lambda costs: (
        costs["macs_dense"] + costs["macs_pointwise"] + costs["macs_grouped"] + costs["macs_attention"]
    ),
    parse=parse_whole,
    shown=format_count,
    of_other=lambda network: network.macs,
)
