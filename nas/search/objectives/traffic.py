"""Bytes moved: what a network reads and writes when every layer takes its tensors from memory and puts them back.

It is exact for that rule: each weight is read once, each convolution, linear layer and product of attention reads its
inputs and writes its output. Caches and fused layers save part of it, so that no device moves more by these layers.
"""

from nas.search.objectives.objective import CostObjective
from nas.units import format_memory, parse_memory

BYTES = 4  # of an fp32 element

TRAFFIC = CostObjective(
    name="traffic",
    unit="MB",
    words="weights, and every layer's inputs and outputs, in fp32",
    column="traffic_mb",
    formula=lambda costs: (costs["weights"] + costs["activations"]) * BYTES / 1e6,
    parse=parse_memory,
    shown=format_memory,
)
