"""The choices of a search space in words: what a gene is about, and what each of its values means."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from search_space import ATTENTION, BLOCKS, DOWNSAMPLES, ArchConfig, LevelConfig
from search_space.parts import Part

_NAMES = {"relu": "ReLU", "hswish": "Hard-Swish", "gelu_tanh": "tanh-GELU"}
_PARTS: tuple[Mapping[str, type[Part]], ...] = (ATTENTION, BLOCKS, DOWNSAMPLES)
_ABOUT = {  # names of genes that every level has
    "present": "stride {}",
    "width": "width at stride {}",
    "depth": "blocks at stride {}",
    "downsample": "downsampling to stride {}",
    "block": "block type at stride {}",
    "expand": "expansion at stride {}",
    "kernel": "kernel at stride {}",
    "attention": "attention at stride {}",
}
_SETTINGS = {  # names of genes of an attention type
    "head_dim": "channels per head",
    "head_ratio": "heads",
    "key_dim": "key channels",
    "query_kernels": "query kernels",
}


def gene_words(gene: str) -> str:
    """What a gene is about: `width at stride 16` of `levels.16.width`."""
    if gene == "resolution":
        return "input size"
    part, _, rest = gene.partition(".")
    if part != "levels":
        return _plain(gene)
    stride, _, name = rest.partition(".")
    if name in _ABOUT:
        return _ABOUT[name].format(stride)
    kind, _, setting = name.rpartition(".")
    return f"{_plain(kind)} attention's {_SETTINGS.get(setting, _plain(setting))} at stride {stride}".lstrip()


def value_words(gene: str, value: Any) -> str:
    """What a value of a gene means: `160 channels`, `MBConv, expansion 4`, `scales 3, 5`."""
    if callable(describe := getattr(value, "describe", None)):
        return str(describe())
    say = _VALUES.get(gene.rpartition(".")[2])
    return say(value) if say else _listed(value)


def change_words(gene: str, before: object, after: object, arch: ArchConfig, changed: ArchConfig) -> str:
    """A choice made otherwise: `attention at stride 16: none -> linear attention, 8 heads x 16, scales 3+5`.

    `arch` becomes `changed`: settings that come with a choice of attention are those of the networks.
    """
    words = [value_words(gene, before), value_words(gene, after)]
    if gene.endswith(".attention"):
        stride = int(gene.split(".")[1])
        words = [attention_words(_level(each, stride)) for each in (arch, changed)]
    return f"{gene_words(gene)}: {words[0]} -> {words[1]}"


def attention_words(level: LevelConfig | None) -> str:
    """The attention of a level: `none`, `cascaded group attention, 4 heads, window 7`."""
    return "none" if level is None or level.attention is None else level.attention.describe()


def _level(arch: ArchConfig, stride: int) -> LevelConfig | None:
    return next((level for level in arch.levels if level.stride == stride), None)


def _plain(name: str) -> str:
    for registry in _PARTS:
        if name in registry and registry[name].words:
            return registry[name].words
    return _NAMES.get(name, name.replace("_", " ").replace(".", " "))


def _listed(value: object) -> str:
    """Any value: names in words, several ones listed, nothing as `none`."""
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, Iterable):
        return ", ".join(map(_listed, value)) or "none"
    if isinstance(value, bool) or value is None:
        return "yes" if value else "none" if value is None else "no"
    return f"{value:g}" if isinstance(value, int | float) else type(value).__name__


def _square(value: Any) -> str:
    return f"{value}x{value}"


_SHARES = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 1.0: "all"}
_VALUES: dict[str, Callable[[Any], str]] = {
    "resolution": lambda value: f"{value} px",
    "present": lambda value: "kept" if value else "left out",
    "width": lambda value: f"{value} channels",
    "kernel": _square,
    "window": _square,
    "head_ratio": lambda value: _SHARES.get(value, f"{value:.0%}"),
}
