"""Basic layers of both families. Shapes: x_BCHW is batch, channels, rows, columns."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "hswish": F.hardswish,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
    "none": lambda x: x,
}


class ConvUnit(nn.Module):
    """'Same' convolution, then batch norm and activation where wanted.

    `zero_gamma` starts the norm's scale at 0, for the last norm of a residual branch.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        groups: int = 1,
        norm: bool = True,
        bias: bool = False,
        activation: str = "none",
        norm_eps: float = 1e-5,
        zero_gamma: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=bias)
        self.norm = nn.BatchNorm2d(out_channels, eps=norm_eps) if norm else None
        self.activation = activation
        self.zero_gamma = zero_gamma

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        x_BCHW = self.conv(x_BCHW)
        if self.norm is not None:
            x_BCHW = self.norm(x_BCHW)
        return ACTIVATIONS[self.activation](x_BCHW)


class Residual(nn.Module):
    """A shortcut around a branch: x + branch(x)."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape; so must the branch."""
        return x_BCHW + self.branch(x_BCHW)


@torch.no_grad()
def initialise(module: nn.Module) -> nn.Module:
    """Draw every parameter anew from the global generator: He normal by fan-in, linear 0.02, scales 1 or 0."""
    for name, info in initial_values(module).items():
        fill(module.get_parameter(name), info)
    return module


def initial_values(module: nn.Module) -> dict[str, str]:
    """How each parameter starts: `he`, `small`, `one` or `zero`."""
    found: dict[str, str] = {}
    for prefix, part in module.named_modules():
        dot = f"{prefix}." if prefix else ""
        for name, _ in part.named_parameters(recurse=False):
            if name != "weight":
                kind = "zero"
            elif isinstance(part, nn.Conv2d):
                kind = "he"
            elif isinstance(part, nn.Linear):
                kind = "small"
            else:
                kind = "one"
            found.setdefault(dot + name, kind)
        if isinstance(part, ConvUnit) and part.norm is not None and part.zero_gamma:
            found[f"{dot}norm.weight"] = "zero"
    return found


@torch.no_grad()
def fill(parameter: Tensor, kind: str) -> None:
    """Set a parameter to its start value; `he` takes the fan-in from the shape (out, in per group, k, k)."""
    if kind == "he":
        parameter.normal_(std=(2.0 / parameter[0].numel()) ** 0.5)
    elif kind == "small":
        nn.init.trunc_normal_(parameter, std=0.02)
    else:
        parameter.fill_(1.0 if kind == "one" else 0.0)
