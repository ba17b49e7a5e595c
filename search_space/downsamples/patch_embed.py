"""One convolution on patches that do not overlap, of stride 4 (the stem of FasterNet, arXiv 2303.03667)."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.costs import Cost, out_size
from search_space.downsamples.protocol import DownsampleConfig
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class PatchEmbed(DownsampleConfig):
    """4x4 convolution of stride 4 and batch norm, without activation; maps that do not divide are padded."""

    type: ClassVar[str] = "patch_embed"
    words: ClassVar[str] = "4x4 patches"

    @property
    def stride(self) -> int:
        """By which it divides the map."""
        return 4

    @property
    def traits(self) -> frozenset[str]:
        """A dense convolution."""
        return frozenset({"conv"})

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        del activation  # none
        channels, height, width = shape
        pixels, weights = out_size(height, 4) * out_size(width, 4), 16 * channels * out_channels
        return Cost(
            macs_dense=weights * pixels,
            parameters=weights + 2 * out_channels,
            weights=weights + out_channels,
            activations=channels * height * width + out_channels * pixels,
            kernels=1,
            unaligned_kernels=1,
            unaligned_macs=weights * pixels,
        )
