"""A judged network is what an evaluation looks at."""

from pathlib import Path

import pytest
import torch

from search_space import named_space
from supernet import TrainConfig, evaluate, judged_network, load_dataset, load_supernet, network_score, train


def test_it_has_the_weights_and_statistics_of_an_evaluation(tmp_path: Path) -> None:
    data = load_dataset("digits")
    space = named_space("digits").for_data(classes=data.classes, in_channels=data.channels)
    train(space, data, tmp_path, TrainConfig(passes=2, batch=32), probes=0)
    arch = space.smallest()
    for given in (None, data):
        network = judged_network(tmp_path, arch, given)
        assert network_score(network, data) == evaluate(load_supernet(tmp_path), arch, data)
        assert all(torch.isfinite(value).all() for value in network.state_dict().values())
    with pytest.raises(ValueError, match="unknown data"):
        judged_network(tmp_path, arch, "no-such-data")
