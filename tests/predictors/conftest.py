"""Latency tables of the space `digits` whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors import LatencyRow, LatencyTable, Manifest
from predictors.latency.table import key_hash
from search_space import ArchConfig, OperatorSpec, arch_cost, named_space, operators

MANIFEST = Manifest(
    origin="measured",
    device="cpu",
    space="digits",
    runtime="made up",
    runtime_version="0",
    precision="fp32",
    batch=1,
    threads=1,
    protocol={},
    environment={},
)
_TIMES = ("p50", "ci_lo", "ci_hi", "half_a", "half_b", "p10", "p25", "p75", "p90", "p99", "mean")


def _row(key_json: str, /, *, p50_ms: float, kind: str = "network", **columns: object) -> LatencyRow:
    """A row whose times are all the same, unless `columns` say otherwise."""
    values: dict[str, object] = {
        "row_id": f"{kind}-{key_hash(key_json)}",
        "kind": kind,
        "key_json": key_json,
        "key_hash": key_hash(key_json),
        "split": "fit" if kind == "network" else "",
        "height": 32,
        "width": 32,
        "batch": 1,
        "threads": 1,
        "precision": "fp32",
        **{f"{name}_ms": p50_ms for name in _TIMES},
        "mad_ms": 0,
        "n_rounds": 2,
        "n_runs": 2,
        "n_dropped": 0,
        "quality": "ok",
        "macs": 100_000_000,
        "act_bytes": 1,
        "weight_bytes": 1,
        "n_kernels": 1,
    }
    return LatencyRow.model_validate(values | columns)


def _odd_ms(op: OperatorSpec) -> float:
    """A latency that follows no cost: each block is up to three times off, by its key."""
    odd = int(key_hash(op.key_json), 16) / 2**64
    return (0.01 * op.cost.kernels + 0.4 * op.cost.activations / 1e6) * 3**odd


def _made_up_table(
    seed: int, *, noise: float = 0.02, counts: tuple[int, int, int] = (40, 30, 30), odd_blocks: int = 0
) -> LatencyTable:
    """Networks take 10 us per kernel + 0.4 ms per million activations, times log-normal noise.

    With `odd_blocks`, as many single blocks are measured too, and networks take 20 us + 0.8 of their blocks'.
    """
    space, rng = named_space("digits"), np.random.default_rng(seed)
    archs: dict[ArchConfig, None] = {}
    while len(archs) < sum(counts):
        archs[space.sample(rng)] = None
    splits = [split for split, count in zip(("fit", "cal", "test"), counts, strict=True) for _ in range(count)]
    rows = []
    for arch, split in zip(archs, splits, strict=True):
        cost = arch_cost(arch)
        ms = 0.01 * cost.kernels + 0.4 * cost.activations / 1e6
        if odd_blocks:
            ms = 0.02 + 0.8 * sum(_odd_ms(op) for _, op in operators(arch))
        ms *= float(np.exp(noise * rng.standard_normal()))
        rows.append(_row(arch.to_json(), p50_ms=ms, macs=cost.macs, arch_id=arch.arch_id, split=split))
    known = {op.key_json: op for arch in archs for _, op in operators(arch)}
    for key, op in list(known.items())[:odd_blocks]:
        rows.append(_row(key, p50_ms=_odd_ms(op), kind="block", macs=op.cost.macs))
    return LatencyTable(manifest=MANIFEST, rows=tuple(rows))


@pytest.fixture(scope="session")
def make_table() -> Callable[..., LatencyTable]:
    """`make_table(seed, noise=0.02, counts=(fit, cal, test), odd_blocks=0)`."""
    return _made_up_table


@pytest.fixture(scope="session")
def row_of() -> Callable[..., LatencyRow]:
    """`row_of(key_json, p50_ms=1.0, kind="network", **columns)`."""
    return _row
