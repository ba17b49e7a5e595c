"""What a search chooses among: architectures, and networks of other libraries of which only figures are known."""

from typing import Protocol

from nas.archs import arch_name, attention_types
from search_space import ArchConfig, arch_cost


class OtherNetwork(Protocol):
    """A pretrained network whose layers this project does not describe; a front holds it beside architectures.

    `arch_id` is hexadecimal as an architecture's, `top1` in percent, `memory_mb` as in
    `nas.search.objectives.memory`.
    """

    @property
    def arch_id(self) -> str:
        """Digest of what it is."""
        ...

    @property
    def name(self) -> str:
        """Its name in its library."""
        ...

    @property
    def family(self) -> str:
        """The family that its authors count it to."""
        ...

    @property
    def resolution(self) -> tuple[int, int]:
        """(height, width) in pixels at which its accuracy was published."""
        ...

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        ...

    @property
    def macs(self) -> int:
        """Multiply-adds at its resolution and batch 1."""
        ...

    @property
    def memory_mb(self) -> float | None:
        """Weights, and all that its busiest layer reads and writes, in 1e6 bytes of fp32; None where not counted."""
        ...


Network = ArchConfig | OtherNetwork


def network_name(network: Network) -> str:
    """For people: a published name, the beginning of an id, or a name in another library."""
    return arch_name(network) if isinstance(network, ArchConfig) else network.name


def network_attention(network: Network) -> str:
    """Attention by level, or the family of a network of another library."""
    return attention_types(network) if isinstance(network, ArchConfig) else network.family


def network_size(network: Network) -> tuple[int, int]:
    """Parameters and multiply-adds."""
    if isinstance(network, ArchConfig):
        cost = arch_cost(network)
        return cost.parameters, cost.macs
    return network.parameters, network.macs
