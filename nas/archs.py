"""Architectures as users name them: a published model, also at another size, an `arch_id` prefix of a run, a file."""

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from nas.errors import UserError
from nas.units import parse_resolution
from search_space import ALIASES, PUBLISHED, ArchConfig, MitHead, published

RUNS = Path("results/search")


def find_arch(text: str, *, runs: Path = RUNS) -> ArchConfig:
    """The architecture that `text` names: `mit-b1`, `mit-l2@384`, an id, or a file.

    Raises:
        UserError: nothing or more than one thing answers to it, or the file is not an architecture.
    """
    model, at, size = text.partition("@")
    if model in PUBLISHED or model in ALIASES:
        arch = published(model)
        return replace(arch, resolution=parse_resolution(size, f"architecture {text!r}:")) if at else arch
    if text.endswith(".json") or "/" in text:
        return read_arch(Path(text))
    found = {path.stem: path for path in runs.glob(f"*/archs/{text}*.json")} if text.isalnum() else {}
    if len(found) > 1:
        raise UserError(f"architecture {text!r} is ambiguous: {', '.join(sorted(found))}")
    if not found:
        guess = f"; did you mean {' or '.join(close)}?" if (close := closest_names(text)) else ";"
        raise UserError(
            f"unknown architecture {text!r}: not a JSON file, not an id in {runs}{guess} "
            f"published: {', '.join(PUBLISHED)}"
        )
    return read_arch(next(iter(found.values())))


def closest_names(text: str) -> list[str]:
    """Published names and aliases that `text` may have been meant as, at most three; a size behind `@` is kept."""
    model, at, size = text.lower().partition("@")
    names = {name: name for name in (*PUBLISHED, *ALIASES)}
    names |= {name.partition("-")[2]: name for name in PUBLISHED}  # b1, l2, m4
    close = get_close_matches(model.replace("_", "-"), names, n=6) + get_close_matches(model, names, n=6)
    return [f"{name}{at}{size}" for name in list(dict.fromkeys(names[match] for match in close))[:3]]


def read_arch(path: Path) -> ArchConfig:
    """The architecture in a JSON file.

    Raises:
        UserError: the file is missing or not an architecture; names it.
    """
    try:
        return ArchConfig.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read architecture {path}: {error}") from None


def arch_name(arch: ArchConfig) -> str:
    """The published name, or the first 8 digits of the id; a published model at another size gets `@256`."""
    for name in PUBLISHED:
        model = published(name)
        head = replace(arch.head, conv_norm_eps=None) if isinstance(arch.head, MitHead) else arch.head
        if model.levels == arch.levels and model.head == head:  # epsilons follow the checkpoint
            size = "x".join(map(str, dict.fromkeys(arch.resolution)))
            return name if model.resolution == arch.resolution else f"{name}@{size}"
    return arch.arch_id[:8]


def attention_types(arch: ArchConfig) -> str:
    """Attention type of each attention level, as `16:linear 32:cascaded_group`; `none` without any."""
    found = [f"{level.stride}:{level.attention.type}" for level in arch.levels if level.attention]
    return " ".join(found) or "none"
