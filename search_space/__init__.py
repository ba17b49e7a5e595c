"""The search space: what a network is, what may be chosen, and what each choice costs. Needs numpy alone."""

from search_space.arch import ArchConfig, arch_from_dict
from search_space.attention import ATTENTION, CascadedGroupAttention, LinearAttention
from search_space.blocks import BLOCKS
from search_space.canonical import Canonical
from search_space.choices import Gene, LevelChoices
from search_space.costs import COST_FIELDS, Cost
from search_space.downsamples import DOWNSAMPLES
from search_space.heads import HEADS, MitHead, NormLinearHead, SegHead
from search_space.level import STRIDES, LevelConfig
from search_space.lookup import BlockRows
from search_space.operators import (
    OperatorSpec,
    arch_cost,
    arch_cost_vector,
    level_operators,
    operator_cost_vector,
    operator_from_json,
    operators,
)
from search_space.published import ALIASES, PUBLISHED, published
from search_space.space import Genotype, SearchSpace
from search_space.spaces import SPACES, named_space
from search_space.traits import gene_traits, level_traits, network_traits, traits_of

__all__ = [
    "ALIASES",
    "ATTENTION",
    "BLOCKS",
    "COST_FIELDS",
    "DOWNSAMPLES",
    "HEADS",
    "PUBLISHED",
    "SPACES",
    "STRIDES",
    "ArchConfig",
    "BlockRows",
    "Canonical",
    "CascadedGroupAttention",
    "Cost",
    "Gene",
    "Genotype",
    "LevelChoices",
    "LevelConfig",
    "LinearAttention",
    "MitHead",
    "NormLinearHead",
    "OperatorSpec",
    "SearchSpace",
    "SegHead",
    "arch_cost",
    "arch_cost_vector",
    "arch_from_dict",
    "gene_traits",
    "level_operators",
    "level_traits",
    "named_space",
    "network_traits",
    "operator_cost_vector",
    "operator_from_json",
    "operators",
    "published",
    "traits_of",
]
