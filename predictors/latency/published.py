"""What can be downloaded: published networks with their ImageNet score and where their weights are.

Scores are the authors' where they give one, else timm's; timm evaluated the authors' weights again with crops of its
own, which explains differences of up to 0.18 points. Weights are where timm's model files (hub id `timm/<tag>`) and
the links in the classification READMEs of github.com/mit-han-lab/efficientvit (2025-09) and of
github.com/microsoft/Cream, EfficientViT, say. `mit-l2` at 352 pixels, of an older README, is left out: no file of it
is linked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from predictors.latency.calibrated import read_data
from search_space import ArchConfig, published

TIMM_SOURCE = "timm 1.0 results-imagenet.csv"
WEIGHTS, SCORES = "published_weights.csv", "published_accuracy.csv"
_Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PublishedNetwork:
    """A published model at one input size: top-1 on ImageNet in percent with its source, and its weights.

    `timm` is the tag of timm's weights and `timm_top1` what timm measured with them; `authors` the address of the
    authors' file. At least one of both is there.

    Raises:
        ValueError: a value is not allowed, or there are no weights.
    """

    model: str
    arch: ArchConfig
    top1: float
    source: str
    timm: str | None = None
    timm_top1: float | None = None
    authors: str | None = None

    def __post_init__(self) -> None:
        if replace(self.arch, resolution=published(self.model).resolution) != published(self.model):
            raise ValueError(f"{self.arch.arch_id} is not {self.model} at another size")
        for score in (self.top1, self.timm_top1):
            if score is not None and not 0 < score < 100:
                raise ValueError(f"top-1 must be between 0 and 100 percent, got {score}")
        if (self.timm is None) != (self.timm_top1 is None):
            raise ValueError("timm's weights and timm's top-1 come together")
        if self.timm is None and self.authors is None:
            raise ValueError("neither timm nor the authors have weights")
        if self.timm is not None and not re.fullmatch(r"\w+\.\w+", self.timm):
            raise ValueError(f"timm's tag must be MODEL.TAG, got {self.timm!r}")
        if self.authors is not None and not re.fullmatch(r"https://\S+/[\w.-]+", self.authors):
            raise ValueError(f"the authors' file must be an https address, got {self.authors!r}")


@cache
def published_networks() -> tuple[PublishedNetwork, ...]:
    """Every published classifier at every input size whose weights can be downloaded, in order of model and size.

    Raises:
        ValueError: a row of the data is wrong; names it.
    """
    return read_networks(read_data(WEIGHTS), read_data(SCORES))


def published_network(arch: ArchConfig) -> PublishedNetwork | None:
    """The published network with exactly this architecture, or None."""
    return _by_arch().get(arch)


@cache
def _by_arch() -> dict[ArchConfig, PublishedNetwork]:
    return {network.arch: network for network in published_networks()}


def read_networks(weights: Sequence[_Row], scores: Sequence[_Row]) -> tuple[PublishedNetwork, ...]:
    """Networks of rows of where weights are, with the authors' scores; see `published_networks`.

    Raises:
        ValueError: a row is wrong, repeated or without a score; names it.
    """
    known = {_key(row): row for row in scores}
    found: dict[tuple[str, str, str], PublishedNetwork] = {}
    for number, row in enumerate(weights, 2):  # the header is line 1
        key = _key(row)
        try:
            if key in found:
                raise ValueError("it is there twice")
            found[key] = _network(row, known.get(key))
        except (KeyError, ValueError) as error:
            where = f"{WEIGHTS}, line {number} ({key[0]} {key[1]}x{key[2]})"
            raise ValueError(f"{where}: {error}") from None
    return tuple(found.values())


def _key(row: _Row) -> tuple[str, str, str]:
    return row["model"], row["height"], row["width"]


def _network(row: _Row, score: _Row | None) -> PublishedNetwork:
    timm_top1 = float(row["timm_top1"]) if row["timm_top1"] else None
    if score is None and timm_top1 is None:
        raise ValueError(f"neither {SCORES} nor timm gives an accuracy")
    return PublishedNetwork(
        model=row["model"],
        arch=replace(published(row["model"]), resolution=(int(row["height"]), int(row["width"]))),
        top1=float(score["top1"]) if score else timm_top1 or 0.0,
        source=score["source"] if score else TIMM_SOURCE,
        timm=row["timm"] or None,
        timm_top1=timm_top1,
        authors=row["authors"] or None,
    )
