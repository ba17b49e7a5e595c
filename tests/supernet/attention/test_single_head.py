"""Single-head attention: timm's with the same weights, and what its indices mean."""

import pytest
import torch

from nas.errors import UserError
from nas.rivals.zoo import import_timm
from search_space.attention import SingleHeadAttention
from supernet.attention.single_head import SingleHeadBlock
from supernet.layers import initialise

SETTINGS = {"activation": "relu", "norm_eps": 1e-5, "attention_eps": 1e-15}


@torch.no_grad()
def test_it_is_timm_s_with_the_same_weights() -> None:
    try:
        import_timm()
    except UserError:
        pytest.skip("timm is not installed")
    from timm.models.shvit import SHSA

    theirs = SHSA(24, 16, 6).eval()
    ours = SingleHeadBlock(SingleHeadAttention(channels=6), 24, **SETTINGS)  # type: ignore[arg-type]
    generator = torch.Generator().manual_seed(0)
    for (name, value), (theirs_name, other) in zip(
        ours.state_dict().items(), theirs.state_dict().items(), strict=True
    ):
        assert value.shape == other.shape, (name, theirs_name)
        if value.is_floating_point():
            value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
            other.copy_(value)
    images = torch.randn(2, 24, 5, 7, generator=generator)
    assert torch.allclose(ours.eval()(images), theirs(images), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_channels_that_are_not_attended_pass_alone() -> None:
    config = SingleHeadAttention(channels=2, key_dim=4)
    block = initialise(SingleHeadBlock(config, 6, **SETTINGS)).eval()  # type: ignore[arg-type]
    block.proj.norm.weight.fill_(1)  # type: ignore[union-attr]
    block.proj.conv.weight.copy_(torch.eye(6)[:, :, None, None])  # type: ignore[operator]
    images = torch.rand(1, 6, 4, 4)
    changed = images.clone()
    changed[:, 2:] += 1
    first, second = block(images), block(changed)
    assert torch.equal(first[:, :2], second[:, :2])
    assert not torch.allclose(first[:, 2:], second[:, 2:])


def test_rows_are_told_apart_by_part_and_channel() -> None:
    config = SingleHeadAttention(channels=3, key_dim=2)
    found = SingleHeadBlock(config, 6, **SETTINGS).coordinates()  # type: ignore[arg-type]
    rows = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2))
    assert found["qkv.conv.weight"] == (rows, range(3), range(1), range(1))
    assert found["qkv.norm.weight"] == (rows,)
    assert found["norm.weight"] == (range(3),)
    assert found["proj.conv.weight"][:2] == (range(6), range(6))
