"""What a predictor has never seen: the traits of a network that none of the networks behind the predictor has.

One rule for every predictor, one network at a time and for many genotypes at once. A type of part that was added
since is unseen, and its latency marked and widened, until a network with it has been measured.

Shapes: n networks or genotypes, g genes.
"""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from search_space import ArchConfig, SearchSpace, gene_traits, network_traits
from search_space.space import FIRST_LEVEL

# Softmax, window partition and the cascade are kernels that no published Jetson row contains. Fits of this kind
# under-predict ConvNeXt and Swin, whose rows contain such kernels, by a third to a half: they take up to twice as
# long as predicted. Nothing better is known of parts that nobody has measured.
UNSEEN_KERNELS_FACTOR = 2.0
# Sandwich blocks without softmax add to the map after each of their 2 depthwise convolutions, 2 in 6 kernels, and
# squeeze-and-excitation pools, gates and multiplies: no published row tells whether these are kernels of their own,
# which would be a third more kernels.
UNSEEN_BLOCKS_FACTOR = 4 / 3
# Convolutions in whatever order and the heads made of them: multiply-adds, traffic and kernels tell their latency.
_COUNTED = ("conv", "dsconv", "mbconv", "fused_mbconv", "residual_conv", "mit_head", "norm_linear_head", "seg_head")
FACTORS = {
    "sandwich": UNSEEN_BLOCKS_FACTOR,
    "squeeze_excite": UNSEEN_BLOCKS_FACTOR,
    **dict.fromkeys(_COUNTED, 1.0),
}
# What there was when predictors were saved without traits: they are taken to have seen all of it. Add nothing.
BEFORE_TRAITS = frozenset(
    {
        *("conv", "dsconv", "mbconv", "fused_mbconv", "residual_conv", "squeeze_excite", "sandwich"),
        *("linear_attention", "cascaded_group_attention", "softmax", "cascade"),
        *("mit_head", "norm_linear_head", "seg_head"),
    }
)


def unseen_factor(traits: frozenset[str], seen: frozenset[str]) -> float:
    """Factor by which parts that were not `seen` may slow a network with these `traits`, 1 without any."""
    return max((FACTORS.get(trait, UNSEEN_KERNELS_FACTOR) for trait in traits - seen), default=1.0)


def unseen_networks(archs: Sequence[ArchConfig], seen: frozenset[str]) -> np.ndarray:
    """`unseen_factor` of each network, (n,)."""
    return np.array([unseen_factor(network_traits(arch), seen) for arch in archs], dtype=float)


def unseen_genotypes(space: SearchSpace, genotypes: np.ndarray, seen: frozenset[str]) -> np.ndarray:
    """The same (n,) of the networks that genotypes (n, g) decode to."""
    traits = gene_traits(space)
    found = np.array([unseen_factor(each, seen) for each in traits.heads])[genotypes[:, 2]]
    there, start = np.ones(len(genotypes), dtype=bool), FIRST_LEVEL
    for choices, level in zip(space.levels, traits.levels, strict=True):
        genes = genotypes[:, start : start + len(choices.genes)].T
        start += len(choices.genes)
        if choices.optional:
            there = there & (genes[choices.place["present"]] == 1)
        downs = np.array([unseen_factor(each, seen) for each in level.downsamples])
        blocks = np.array([unseen_factor(each, seen) for each in level.blocks])
        if downs.max() == blocks.max() == 1:
            continue
        deep = np.array(choices.depths)[genes[choices.place["depth"]]] > 0
        own = np.where(deep, blocks[level.rows.of(genes)], 1.0)
        down = downs[genes[choices.place["downsample"]]]
        found = np.where(there, np.maximum(found, np.maximum(down, own)), found)
    return np.asarray(found)


def widening(unseen: np.ndarray, confidence: float) -> np.ndarray:
    """Ratio of an end of the interval to where it would be without unseen parts, (n,); 1 at the median."""
    normal = NormalDist()
    return np.asarray(np.exp(np.log(unseen) * normal.inv_cdf(confidence) / normal.inv_cdf(0.9)))
