"""TensorFlow Lite, which nothing is measured with."""

from pathlib import Path

import pytest

from nas.measuring.backends.tflite import TFLiteBackend
from nas.measuring.plan import Item
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import OperatorSpec
from search_space.blocks import DSConv


def test_it_is_never_there_and_measures_nothing(tmp_path: Path) -> None:
    item = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))
    available, reason = TFLiteBackend.is_available()
    assert not available
    assert reason == "latencies with tflite are predicted; nothing here measures them"
    assert (TFLiteBackend.version(), TFLiteBackend.options()) == ("", {})
    with pytest.raises(ModelError, match=reason):
        TFLiteBackend().load_item(item, tmp_path, batch=1, precision="fp32", protocol=MeasuringProtocol())
    assert not list(tmp_path.iterdir())
