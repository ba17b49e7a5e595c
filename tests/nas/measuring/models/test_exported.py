"""Exported models on disk: taken where they are, and a reason where they cannot be made."""

import hashlib
from pathlib import Path

import pytest

from nas.measuring.models.exported import exported
from nas.measuring.plan import Item
from nas.measuring.runner.errors import ModelError
from search_space import OperatorSpec
from search_space.blocks import DSConv

ITEM = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))


def test_a_graph_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / f"{ITEM.key}.onnx"
    path.write_bytes(b"made before")
    found = exported(ITEM, tmp_path, batch=1, precision="fp32", signed_int8=False)
    assert found == (path, hashlib.sha256(b"made before").hexdigest())
    assert path.read_bytes() == b"made before"


def test_what_cannot_be_built_is_told_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> None:
        raise RuntimeError("no such layer\nand a second line")

    fields = ITEM.record() | {"kind": "reference", "module": broken}
    with pytest.raises(ModelError, match=r"^cannot be exported: no such layer$"):
        exported(Item(**fields), tmp_path / "new", batch=1, precision="fp32", signed_int8=False)
    assert not list((tmp_path / "new").iterdir())
