"""Descriptions: JSON and genotypes give back the network they were made from, one at a time and in arrays."""

import numpy as np

from search_space import ArchConfig, Canonical, operator_from_json
from supernet.doctor.check import CounterexampleError
from supernet.doctor.subject import Subject, distinct_operators, place, words

GENOTYPES, QUICK_GENOTYPES = 200, 50


def json_round_trips(subject: Subject) -> str:
    """`from_json(to_json)` of networks and of their operators."""
    for arch in subject.archs:
        again = ArchConfig.from_json(arch.to_json())
        if again != arch or again.arch_id != arch.arch_id:
            raise CounterexampleError(f"{place(arch)}, JSON", expected=arch, found=again)
    found = distinct_operators(subject.archs)
    for op, (arch, path) in found.items():
        if operator_from_json(op.key_json) != op:
            raise CounterexampleError(
                f"{place(arch, path)} ({words(op)}), JSON", expected=op, found=operator_from_json(op.key_json)
            )
    return f"{len(found)} operators, {len(subject.archs)} sub-networks"


def genotypes_round_trip(subject: Subject) -> str:
    """`decode(encode(arch))` is the network, and encoding a decoded canonical genotype is that genotype."""
    space = subject.space
    for genotype in _genotypes(subject):
        arch = space.decode(genotype)
        code = space.encode(arch)
        if space.decode(code) != arch:
            raise CounterexampleError(f"genotype {genotype}", expected=arch, found=space.decode(code))
        if space.encode(space.decode(code)) != code:
            raise CounterexampleError(f"genotype {genotype}", expected=code, found=space.encode(space.decode(code)))
    return f"{len(_genotypes(subject))} genotypes"


def arrays_equal_slow_path(subject: Subject) -> str:
    """`Canonical` gives for many genotypes at once what encoding the decoded ones gives one by one."""
    drawn = _genotypes(subject)
    found = Canonical.build(subject.space)(np.array(drawn))
    for genotype, row in zip(drawn, found.tolist(), strict=True):
        expected = subject.space.encode(subject.space.decode(genotype))
        if tuple(row) != expected:
            gene = next(i for i, (a, b) in enumerate(zip(row, expected, strict=True)) if a != b)
            name = subject.space.genes[gene].name
            raise CounterexampleError(f"genotype {genotype}, gene {name}", expected=expected[gene], found=row[gene])
    return f"{len(drawn)} genotypes"


def _genotypes(subject: Subject) -> list[tuple[int, ...]]:
    rng = np.random.default_rng(subject.seed)
    return [subject.space.sample_genotype(rng) for _ in range(QUICK_GENOTYPES if subject.quick else GENOTYPES)]
