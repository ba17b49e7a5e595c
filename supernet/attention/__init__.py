"""Attention types as torch modules: name -> module; settings and costs are in `search_space.attention`."""

from typing import Any, Protocol

from torch import nn

from search_space import OperatorSpec
from supernet.attention.cascaded_group import CascadedGroupAttentionBlock
from supernet.attention.linear import LinearAttentionBlock
from supernet.attention.single_head import SingleHeadBlock


class MakeAttention(Protocol):
    """Builds the module of one attention type, as the class of the module does."""

    def __call__(
        self, config: Any, width: int, /, *, activation: str, norm_eps: float, attention_eps: float
    ) -> nn.Module:
        """Shape-preserving on maps of `width` channels, the residual connection outside."""
        ...


ATTENTION: dict[str, MakeAttention] = {
    "linear": LinearAttentionBlock,
    "cascaded_group": CascadedGroupAttentionBlock,
    "single_head": SingleHeadBlock,
}


def build_attention(op: OperatorSpec) -> nn.Module | None:
    """The module of an operator's attention on its map, or None."""
    if op.attention is None:
        return None
    make = ATTENTION[op.attention.type]
    return make(
        op.attention,
        op.in_channels,
        activation=op.activation,
        norm_eps=op.norm_eps,
        attention_eps=op.attention_eps,
    )
