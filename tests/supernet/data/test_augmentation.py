"""Settings of the augmentation suit their data and stay in their ranges."""

import pytest

from supernet.data import Augmentation, load_dataset
from supernet.data.augmentation import DIGITS, FRACTALS


def test_defaults_suit_the_data() -> None:
    digits = load_dataset("digits")
    assert digits.augmentation is DIGITS
    assert DIGITS.flip == DIGITS.flip_vertical == 0
    assert load_dataset("fractals:classes=2,size=8,per_class=1,test_per_class=1").augmentation is FRACTALS


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"flip": 1.5}, r"flip must be from 0 to 1, got 1.5"),
        ({"crop": (0.5, 0.2)}, r"crop must be a range within \(0, 1\], got \(0.5, 0.2\)"),
        ({"operations": 1, "magnitude": 30}, "magnitude must be from 1 to 29, got 30"),
        ({"mixup": -1.0}, "mixup must be from 0 to 100, got -1.0"),
        ({"smoothing": float("nan")}, "smoothing must be from 0 to 0.99, got nan"),
    ],
)
def test_impossible_settings_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Augmentation(**values)  # type: ignore[arg-type]
