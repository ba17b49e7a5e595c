"""The size of the weights, as a file of 32-bit floats holds them after batch norms are folded."""

from nas.search.objectives.objective import CostObjective
from nas.units import format_memory, parse_memory

SIZE = CostObjective(
    name="size",
    unit="MB",
    words="the weights in a file, in fp32",
    column="size_mb",
    formula=lambda costs: costs["weights"] * 4 / 1e6,
    parse=parse_memory,
    shown=format_memory,
)
