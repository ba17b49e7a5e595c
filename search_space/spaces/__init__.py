"""The named spaces; each is described in the file of its name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from search_space.checks import did_you_mean
from search_space.space import SearchSpace
from search_space.spaces.digits import digits
from search_space.spaces.digits_neighbours import digits_neighbours
from search_space.spaces.efficientvit import efficientvit
from search_space.spaces.efficientvit_l import efficientvit_l


@dataclass(frozen=True, kw_only=True)
class NamedSpace:
    """How to build a space, what its networks are made of, and how many parameters its supernet has.

    The parameters are those of the built supernet, with the space's own classes and channels: counting them takes
    torch and ten seconds, so they are written down here and a test counts.
    """

    build: Callable[[], SearchSpace]
    spans: str
    supernet_parameters: int


SPACES: dict[str, NamedSpace] = {
    "efficientvit": NamedSpace(
        build=efficientvit,
        spans="MIT B and Microsoft M: MBConv, EViT and sandwich blocks, linear or cascaded group attention",
        supernet_parameters=268_781_968,
    ),
    "efficientvit-l": NamedSpace(
        build=efficientvit_l,
        spans="MIT L up to L2 and beyond: residual and fused MBConv stages, expansions to 24, tanh-GELU",
        supernet_parameters=190_599_736,
    ),
    "digits": NamedSpace(
        build=digits,
        spans="the blocks and attention types of efficientvit for gray images of 32 px",
        supernet_parameters=1_999_850,
    ),
    "digits-neighbours": NamedSpace(
        build=digits_neighbours,
        spans="digits with parts of SHViT and FasterNet: single-head attention, partial convolutions, patches",
        supernet_parameters=2_545_386,
    ),
}


@cache
def named_space(name: str) -> SearchSpace:
    """The space of that name.

    Raises:
        ValueError: the name is not known.
    """
    if name not in SPACES:
        raise ValueError(f"unknown space {name!r}{did_you_mean(name, SPACES)}; known: {', '.join(SPACES)}")
    return SPACES[name].build()
