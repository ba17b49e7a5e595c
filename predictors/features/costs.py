"""Physics features of an architecture: what a device has to launch, move and multiply."""

from collections.abc import Sequence

import numpy as np

from search_space import COST_FIELDS, ArchConfig, arch_cost_vector

CACHES_MB = (8, 32)  # last-level caches of boards and of servers: weights beyond come from memory in every run
COLD_MB = 32.0  # weights at which half of the kernels find what they need gone from the cache
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
    "attention_melements",
    *(f"weight_mb_beyond_{size}" for size in CACHES_MB),
    "cold_kernels",
    "cold_attention_kernels",
)
BYTES = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1}  # of an element in each precision
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
    """Features of `cost_matrix` rows, shape (n, len(FEATURES)); megabytes are 1e6 bytes.

    All but the last four add up over operators: a network whose weights leave the caches runs slower as a whole.
    """

    def column(name: str) -> np.ndarray:
        found: np.ndarray = costs[:, _COLUMN[name]]
        return found

    weight_mb = column("weights") * bytes_per_element / 1e6
    cold = weight_mb / (weight_mb + COLD_MB)
    return np.stack(
        [
            np.ones(len(costs)),
            column("kernels"),
            column("attention_kernels"),
            column("activations") * bytes_per_element / 1e6,
            weight_mb,
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
            column("attention_elements") / 1e6,
            *(np.maximum(0, weight_mb - size) for size in CACHES_MB),
            column("kernels") * cold,
            column("attention_kernels") * cold,
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
