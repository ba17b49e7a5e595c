"""Physics features of an architecture: what a device has to launch, move and multiply."""

from collections.abc import Sequence

import numpy as np

from search_space import COST_FIELDS, ArchConfig, arch_cost_vector

FEATURES = (
    "constant",
    "kernels",
    "attention_kernels",
    "activation_mb",
    "weight_mb",
    "dense_gmacs",
    "pointwise_gmacs",
    "grouped_gmacs",
    "attention_gmacs",
    "softmax_melements",
    "cascade_steps",
    "grouped_kernels",
    "grouped_activation_mb",
    "mixing_kernels",
    "unaligned_kernels",
    "unaligned_gmacs",
    "padded_melements",
    "linear_blocks",
    "cascaded_blocks",
    "smooth_melements",
)
_COLUMN = {name: index for index, name in enumerate(COST_FIELDS)}
_CAPACITY = 200_000
_known: dict[str, np.ndarray] = {}


def cost_matrix(archs: Sequence[ArchConfig]) -> np.ndarray:
    """Costs of each architecture, shape (n, len(COST_FIELDS)); repeated ones are looked up."""
    if len(_known) > _CAPACITY:
        _known.clear()
    rows = []
    for arch in archs:
        if arch.arch_id not in _known:
            _known[arch.arch_id] = arch_cost_vector(arch)
        rows.append(_known[arch.arch_id])
    return np.array(rows).reshape(-1, len(COST_FIELDS))


def features(costs: np.ndarray, *, bytes_per_element: int) -> np.ndarray:
    """Features of `cost_matrix` rows, shape (n, len(FEATURES)); megabytes are 1e6 bytes."""

    def column(name: str) -> np.ndarray:
        found: np.ndarray = costs[:, _COLUMN[name]]
        return found

    return np.stack(
        [
            np.ones(len(costs)),
            column("kernels"),
            column("attention_kernels"),
            column("activations") * bytes_per_element / 1e6,
            column("weights") * bytes_per_element / 1e6,
            column("macs_dense") / 1e9,
            column("macs_pointwise") / 1e9,
            column("macs_grouped") / 1e9,
            column("macs_attention") / 1e9,
            column("softmax_elements") / 1e6,
            column("cascade_steps"),
            column("grouped_kernels"),
            column("grouped_activations") * bytes_per_element / 1e6,
            column("mixing_kernels"),
            column("unaligned_kernels"),
            column("unaligned_macs") / 1e9,
            column("padded_elements") / 1e6,
            column("linear_blocks"),
            column("cascaded_blocks"),
            column("smooth_elements") / 1e6,
        ],
        axis=1,
    )


def macs(costs: np.ndarray) -> np.ndarray:
    """Multiply-adds of `cost_matrix` rows, shape (n,)."""
    return np.asarray(costs[:, [name.startswith("macs_") for name in COST_FIELDS]].sum(axis=1))


def cost_column(costs: np.ndarray, name: str) -> np.ndarray:
    """One cost field of `cost_matrix` rows, shape (n,)."""
    found: np.ndarray = costs[:, _COLUMN[name]]
    return found
