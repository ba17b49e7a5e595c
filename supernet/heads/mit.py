"""The classification head of MIT EfficientViT (arXiv 2205.14756)."""

from torch import Tensor, nn

from search_space import MitHead, OperatorSpec
from supernet.layers import ACTIVATIONS, ConvUnit


class MitClassifier(nn.Module):
    """1x1 conv, mean over the map, linear, layer norm, activation, linear."""

    def __init__(self, config: MitHead, op: OperatorSpec) -> None:
        super().__init__()
        first, second = config.widths
        conv_eps = op.norm_eps if config.conv_norm_eps is None else config.conv_norm_eps
        self.in_conv = ConvUnit(op.in_channels, first, activation=op.activation, norm_eps=conv_eps)
        self.linear = nn.Linear(first, second, bias=False)
        self.norm = nn.LayerNorm(second, eps=op.norm_eps)
        self.classify = nn.Linear(second, config.classes)
        self.activation = op.activation

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, classes)."""
        hidden = self.norm(self.linear(self.in_conv(x_BCHW).mean(dim=(2, 3))))
        logits: Tensor = self.classify(ACTIVATIONS[self.activation](hidden))
        return logits
