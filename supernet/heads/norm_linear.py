"""The classification head of Microsoft EfficientViT (arXiv 2305.07027)."""

import torch
from torch import Tensor, nn

from search_space import NormLinearHead, OperatorSpec


class NormLinearClassifier(nn.Module):
    """Mean over the map, batch norm, linear."""

    def __init__(self, config: NormLinearHead, op: OperatorSpec) -> None:
        super().__init__()
        self.norm: nn.BatchNorm1d | None = nn.BatchNorm1d(op.in_channels, eps=op.norm_eps)
        self.classify = nn.Linear(op.in_channels, config.classes)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, classes)."""
        pooled = x_BCHW.mean(dim=(2, 3))
        logits: Tensor = self.classify(self.norm(pooled) if self.norm is not None else pooled)
        return logits

    @torch.no_grad()
    def fold_own_norm(self) -> None:
        """Fold the batch norm into the linear layer after it.

        W (g (x - m) / s + b) + c = (W g / s) x + W (b - g m / s) + c.
        """
        norm, linear = self.norm, self.classify
        if norm is None:
            return
        assert norm.running_mean is not None
        assert norm.running_var is not None
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        folded = nn.Linear(linear.in_features, linear.out_features)
        folded.weight.copy_(linear.weight * scale)
        folded.bias.copy_(linear.bias + linear.weight @ (norm.bias - scale * norm.running_mean))
        self.classify, self.norm = folded, None
