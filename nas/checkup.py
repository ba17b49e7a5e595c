"""The doctor's checks that need more than torch: exported files, and costs by lookup tables."""

import tempfile
from pathlib import Path

import numpy as np

from nas.deploy.exporting import export_network
from predictors.batched.genotypes import GenotypeTables
from search_space import COST_FIELDS, ArchConfig, arch_cost_vector, operators
from supernet.doctor import CHECKS, Check, CounterexampleError, NotApplicableError, Subject

GENOTYPES, QUICK_GENOTYPES = 200, 50
CANDIDATES = 60  # random members that exported ones are picked from


def exports_agree(subject: Subject) -> str:
    """Export sub-networks that have every kind of operator between them; quick: the smallest alone."""
    archs = [subject.space.smallest()] if subject.quick else with_every_kind(subject)
    supernet = subject.supernet if subject.trained else subject.stirred
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for arch in archs:
            supernet.calibrate(arch, [subject.images(arch, batch=8)])
            network = supernet.eval().extract(arch)
            try:
                report = export_network(network, Path(folder) / "network.onnx", seed=subject.seed)
            except ValueError as error:
                raise CounterexampleError(
                    f"sub-network {arch.arch_id}", expected="ONNX Runtime's output equal to PyTorch's", found=error
                ) from None
            worst = max(worst, report.max_difference)
    supernet.statistics.clear()
    return f"{len(archs)} sub-networks, outputs up to {worst:.1e} apart"


def with_every_kind(subject: Subject) -> list[ArchConfig]:
    """Few random members that have all kinds of operators and attention, as many new ones each as can be had."""
    rng = np.random.default_rng(subject.seed)
    left = {arch: _kinds(arch) for arch in dict.fromkeys(subject.space.sample(rng) for _ in range(CANDIDATES))}
    found, wanted = list[ArchConfig](), set[tuple[str, str]]().union(*left.values())
    while wanted:
        arch = max(left, key=lambda arch: (len(left[arch] & wanted), -len(operators(arch))))  # small ones are quick
        found.append(arch)
        wanted -= left[arch]
    return found


def _kinds(arch: ArchConfig) -> set[tuple[str, str]]:
    return {(op.kind, op.attention.type if op.attention else "") for _, op in operators(arch)}


def tables_equal_costs(subject: Subject) -> str:
    """`GenotypeTables` against the costs of the decoded networks, every field exactly."""
    space, rng = subject.space, np.random.default_rng(subject.seed)
    if any(head.strides for head in space.heads):
        raise NotApplicableError("a head reads several levels: the space has no lookup tables")
    drawn = [space.sample_genotype(rng) for _ in range(QUICK_GENOTYPES if subject.quick else GENOTYPES)]
    found = GenotypeTables.build(space).additive(np.array(drawn))
    for genotype, row in zip(drawn, found, strict=True):
        expected = arch_cost_vector(space.decode(genotype))
        if not np.array_equal(row, expected):
            field = int(np.flatnonzero(row != expected)[0])
            raise CounterexampleError(
                f"genotype {genotype}, cost field {COST_FIELDS[field]}",
                expected=f"{expected[field]:,.0f}",
                found=f"{row[field]:,.0f} by the lookup tables",
            )
    return f"{len(drawn)} genotypes"


ALL_CHECKS: tuple[Check[Subject], ...] = (
    *CHECKS,
    Check(
        name="tables",
        sentence="costs by lookup tables are those of the decoded networks",
        look=tables_equal_costs,
    ),
    Check(
        name="export",
        sentence="exported networks compute in ONNX Runtime what they compute in PyTorch",
        look=exports_agree,
    ),
)
