"""Networks whose outputs say something, for exports."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from search_space import SearchSpace
from supernet import Network, build


@pytest.fixture
def alive(tiny_space: SearchSpace) -> Callable[[str], Network]:
    """Gives a calibrated member of the tiny space whose last level has that attention type."""

    def member(attention: str) -> Network:
        rng = np.random.default_rng(0)
        while True:
            arch = tiny_space.sample(rng)
            found = arch.levels[-1].attention
            if (found.type if found else "none") == attention:
                network = build(arch, seed=1)
                for part in network.modules():
                    if isinstance(part, torch.nn.BatchNorm2d):
                        torch.nn.init.ones_(part.weight)
                network.train()(torch.randn(16, 1, 16, 16, generator=torch.Generator().manual_seed(0)))
                return network.eval()

    return member
