"""Patches: each is seen alone, and the last are padded."""

import torch

from search_space import OperatorSpec
from search_space.downsamples import PatchEmbed
from supernet.downsamples.patch_embed import PatchEmbedding
from supernet.layers import initialise


@torch.no_grad()
def test_every_patch_is_seen_alone() -> None:
    op = OperatorSpec(part=PatchEmbed(), inputs=((3, 9, 8),), out_channels=10)
    module = initialise(PatchEmbedding(PatchEmbed(), op)).eval()
    images = torch.randn(2, 3, 9, 8, generator=torch.Generator().manual_seed(0))
    found = module(images)
    assert found.shape == (2, *op.output) == (2, 10, 3, 2)
    images[:, :, 4:8, 4:8] += 1
    changed = (module(images) != found).any(dim=1).any(dim=0)
    assert changed.tolist() == [[False, False], [False, True], [False, False]]
