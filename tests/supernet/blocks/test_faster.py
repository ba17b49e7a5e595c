"""FasterNet's block: timm's with the same weights."""

import pytest
import torch

from nas.errors import UserError
from nas.rivals.zoo import import_timm
from search_space import OperatorSpec
from search_space.blocks import Faster
from supernet.blocks.faster import FasterBlock


@torch.no_grad()
def test_it_is_timm_s_with_the_same_weights() -> None:
    try:
        import_timm()
    except UserError:
        pytest.skip("timm is not installed")
    from timm.models.fasternet import MLPBlock

    theirs = MLPBlock(12, 4, 2.0, 0.0, 0.0).eval()
    op = OperatorSpec(part=Faster(expand=2, share=4), inputs=((12, 5, 7),), out_channels=12)
    ours = FasterBlock(Faster(expand=2, share=4), op).eval()
    generator = torch.Generator().manual_seed(0)
    names = {
        "partial.weight": "spatial_mixing.partial_conv3.weight",
        "expand.conv.weight": "mlp.0.weight",
        "expand.norm.weight": "mlp.1.weight",
        "expand.norm.bias": "mlp.1.bias",
        "expand.norm.running_mean": "mlp.1.running_mean",
        "expand.norm.running_var": "mlp.1.running_var",
        "project.weight": "mlp.3.weight",
    }
    state, other = ours.state_dict(), theirs.state_dict()
    assert len(state) == len(other) == len(names) + 1  # and the counter of batches
    for name, its in names.items():
        state[name].copy_(torch.rand(state[name].shape, generator=generator) + 0.1)
        other[its].copy_(state[name])
    images = torch.randn(2, 12, 5, 7, generator=generator)
    assert torch.allclose(ours(images), theirs(images), rtol=1e-5, atol=1e-5)
