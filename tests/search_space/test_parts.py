"""Settings in words: plain values of every field, nothing of switches and of parts within parts."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.parts import Part, settings_in_words


@dataclass(frozen=True, kw_only=True)
class Filter(Part):
    type: ClassVar[str] = "blur_pool"

    filter_size: int = 3
    ratio: float = 0.5
    scales: tuple[int, ...] = ()
    fast: bool = True
    inner: "Filter | None" = None


@dataclass(frozen=True, kw_only=True)
class Named(Filter):
    words: ClassVar[str] = "BlurPool"


def test_settings() -> None:
    assert settings_in_words(Filter()) == ["filter size 3", "ratio 0.5", "scales none"]
    assert settings_in_words(Filter(scales=(3, 5), inner=Filter()))[-1] == "scales 3 5"


def test_a_part_has_words_or_else_its_type() -> None:
    assert Filter().name_in_words == "blur pool"
    assert Named().describe() == "BlurPool, filter size 3, ratio 0.5, scales none"
