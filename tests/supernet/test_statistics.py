"""Batch-norm statistics are re-estimated as the cumulative average, whatever they were."""

import torch

from search_space import SearchSpace
from supernet import Supernet, build
from supernet.statistics import re_estimate


def test_calibrated_statistics_are_the_cumulative_average(tiny_space: SearchSpace) -> None:
    supernet, arch = Supernet(tiny_space), tiny_space.smallest()
    batches = [torch.randn(8, 1, 16, 16) for _ in range(3)]
    found = supernet.calibrate(arch, batches)
    stem = supernet.extract(arch).levels["2"].downsample.conv  # type: ignore[union-attr]
    means = torch.stack([stem(batch).mean(dim=(0, 2, 3)) for batch in batches])  # type: ignore[operator]
    assert torch.allclose(found["levels.2.downsample.norm.running_mean"], means.mean(0), atol=1e-6)


def test_what_was_there_before_does_not_matter(tiny_space: SearchSpace) -> None:
    generator = torch.Generator().manual_seed(0)
    batches = [torch.randn(8, 1, 16, 16, generator=generator) for _ in range(2)]
    found = []
    for start in (0.0, 7.0):
        network = build(tiny_space.smallest(), seed=0)
        for name, value in network.named_buffers():
            if name.endswith("running_mean"):
                value.fill_(start)
        re_estimate(network, batches)
        assert network.training
        found.append({name: value.clone() for name, value in network.named_buffers()})
    assert all(torch.equal(found[0][name], value) for name, value in found[1].items())
