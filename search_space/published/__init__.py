"""The published models as data, one file per family: its models by name, and which of them timm has."""

from functools import cache
from types import ModuleType

from search_space.arch import ArchConfig
from search_space.published import mit, msra

FAMILIES: dict[str, ModuleType] = {"mit": mit, "msra": msra}
PUBLISHED: tuple[str, ...] = tuple(f"{family}-{name}" for family, each in FAMILIES.items() for name in each.MODELS)
ALIASES: dict[str, str] = {
    f"efficientvit_{name}": f"{family}-{name}" for family, each in FAMILIES.items() for name in each.TIMM
}


@cache
def published(name: str) -> ArchConfig:
    """The published model of that name (`mit-b1`, `mit-l2-seg-ade20k`, `msra-m4`) or timm alias.

    Raises:
        ValueError: the name is not known.
    """
    known = ALIASES.get(name, name)
    if known not in PUBLISHED:
        raise ValueError(f"unknown published model {name!r}; known: {', '.join(PUBLISHED)}")
    family, _, model = known.partition("-")
    arch: ArchConfig = FAMILIES[family].model(model)
    return arch
