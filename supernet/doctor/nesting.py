"""The same shared number means the same in every sub-network: a smaller one is a larger one with the rest at zero.

That is so for widths, depths, expansions and kernels of plain layers, and for those settings of an attention type
that its choices list in `nested_genes`. Supernet and extracted network may agree to the bit while two sub-networks
read a shared number for two purposes; this check is the one that sees it.
"""

from collections.abc import Iterator

import numpy as np
import torch

from search_space import ArchConfig, LevelConfig, SearchSpace
from supernet.doctor.check import CounterexampleError, NotApplicableError
from supernet.doctor.sharing import owned
from supernet.doctor.subject import Subject, place
from supernet.supernet import Supernet

TOLERANCE = 1e-3  # of the largest output; sums of other lengths are rounded elsewhere
TRIES = 40  # random members that are looked at for a pair
Pair = tuple[str, ArchConfig, ArchConfig]  # gene, larger, smaller


def smaller_is_larger_with_zeros(subject: Subject) -> str:
    """Pairs of sub-networks that differ in one gene, some for every gene that nests."""
    supernet, count = subject.stirred.eval(), 0
    supernet.statistics.clear()
    for gene, large, small in _pairs(subject.space, seed=subject.seed, each=1):
        rest = _with_the_rest_at_zero(supernet, large, small)
        if rest is None:
            continue
        images = subject.images(small, batch=2)
        with torch.no_grad():
            wanted = supernet(images, small)
            found = torch.func.functional_call(supernet, rest, (images, large))
        count += 1
        gap, scale = float((found - wanted).abs().max()), float(wanted.abs().max())
        if not gap <= TOLERANCE * scale:
            raise CounterexampleError(
                f"gene {gene}, {place(small)} within {place(large)}",
                expected="the smaller one's output where the larger one's other weights are zero",
                found=f"outputs up to {gap:.3g} apart, of at most {scale:.3g}: a shared number means two things",
            )
    if not count:
        raise NotApplicableError("no gene of the space nests")
    return f"{count} pairs"


def _pairs(space: SearchSpace, *, seed: int, each: int) -> Iterator[Pair]:
    """For every gene that nests some pairs of members, by random members with the gene lowered."""
    rng = np.random.default_rng(seed)
    members = [space.largest(), *(space.sample(rng) for _ in range(TRIES))]
    for position, gene in enumerate(space.genes):
        _, _, setting = gene.name.rpartition("levels.")
        if not gene.name.startswith("levels.") or len(gene.choices) < 2:
            continue
        stride, _, setting = setting.partition(".")
        found = 0
        for large in members:
            if found >= each or not _nests(space, large, int(stride), setting):
                continue
            genotype = space.encode(large)
            for lower in range(genotype[position]):
                small = space.decode([*genotype[:position], lower, *genotype[position + 1 :]])
                if small != large:
                    found += 1
                    yield gene.name, large, small


def _nests(space: SearchSpace, arch: ArchConfig, stride: int, setting: str) -> bool:
    level = next((level for level in arch.levels if level.stride == stride), None)
    if level is None:
        return False
    kind, _, own = setting.rpartition(".")
    offered = [
        choices for choice in space.levels if choice.stride == stride for choices in choice.attentions if choices
    ]
    nested = {choices.type: choices.nested_genes for choices in offered}
    if kind in nested:
        return level.attention is not None and level.attention.type == kind and own in nested[kind]
    if setting == "width" and level.attention is not None and "width" not in nested[level.attention.type]:
        return False
    return setting in ("width", "depth", *_genes_of(level)) and all(
        setting == "depth" or setting in block.nested_genes for block in level.blocks
    )


def _genes_of(level: LevelConfig) -> tuple[str, ...]:
    """Genes that a block of the level lists as nested."""
    return tuple(gene for block in level.blocks for gene in block.nested_genes)


def _with_the_rest_at_zero(
    supernet: Supernet, large: ArchConfig, small: ArchConfig
) -> dict[str, torch.Tensor] | None:
    """The shared parameters of the larger one, zero where the smaller one reads nothing; None where it reads more."""
    smaller = {read.key: owned(read) for read in supernet.reads(small)}
    larger = {read.key: owned(read) for read in supernet.reads(large)}
    if not set(smaller) <= set(larger):
        return None
    found = {}
    for key, index in larger.items():
        shared = supernet.shared[key].detach().numpy()
        kept = np.zeros_like(shared)
        if key in smaller:
            part = np.zeros(shared.shape, bool)
            part[smaller[key]] = True
            if np.count_nonzero(part[index]) != np.count_nonzero(part):
                return None
            kept[smaller[key]] = shared[smaller[key]]
        found[f"shared.{key}"] = torch.from_numpy(kept)
    return found
