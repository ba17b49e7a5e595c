"""An image folder of noise."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def noise(seed: int, height: int = 40, width: int = 56) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(256, size=(height, width, 3), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes of 8 training and 3 held-out images of several formats."""
    for split, count in (("train", 8), ("val", 3)):
        for label, name in enumerate(("bee", "ant", "cat")):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(count):
                suffix = ("jpg", "png", "webp", "JPEG")[index % 4]
                noise(100 * label + index + 50 * (split == "val")).save(tmp_path / split / name / f"{index}.{suffix}")
    (tmp_path / "train" / "ant" / "notes.txt").write_text("not an image")
    return tmp_path
