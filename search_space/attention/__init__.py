"""Attention types: settings, search choices and cost of each, without torch.

The torch module of each type is in the `supernet.attention` file of the same name.
"""

from search_space.attention.cascaded_group import CascadedGroupAttention, CascadedGroupAttentionChoices
from search_space.attention.linear import LinearAttention, LinearAttentionChoices
from search_space.attention.protocol import AttentionChoices, AttentionConfig
from search_space.attention.single_head import SingleHeadAttention, SingleHeadChoices

ATTENTION: dict[str, type[AttentionConfig]] = {
    "linear": LinearAttention,
    "cascaded_group": CascadedGroupAttention,
    "single_head": SingleHeadAttention,
}

__all__ = [
    "ATTENTION",
    "AttentionChoices",
    "AttentionConfig",
    "CascadedGroupAttention",
    "CascadedGroupAttentionChoices",
    "LinearAttention",
    "LinearAttentionChoices",
    "SingleHeadAttention",
    "SingleHeadChoices",
]
