"""Eager PyTorch."""

from pathlib import Path

import pytest

from nas.measuring.backends import BACKENDS
from nas.measuring.plan import Item
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import OperatorSpec
from search_space.blocks import DSConv


def test_torch_refuses_what_it_does_not_measure(tmp_path: Path) -> None:
    operator = OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8)
    with pytest.raises(ValueError, match="torch measures fp32, fp16, bf16, not int8"):
        BACKENDS["torch"]().load_item(
            Item.of_block(operator), tmp_path, batch=1, precision="int8", protocol=MeasuringProtocol()
        )
