"""Attention types as torch modules: name -> module; settings and costs are in `search_space.attention`."""

from typing import Any, Protocol

from torch import nn

from search_space.attention import AttentionConfig
from supernet.attention.cascaded_group import CascadedGroupAttentionBlock
from supernet.attention.linear import LinearAttentionBlock


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
}


def build_attention(
    config: AttentionConfig, width: int, *, activation: str, norm_eps: float, attention_eps: float
) -> nn.Module:
    """The module of an attention type on maps of `width` channels."""
    make = ATTENTION[config.type]
    return make(config, width, activation=activation, norm_eps=norm_eps, attention_eps=attention_eps)
