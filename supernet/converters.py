"""Published checkpoints, both ways: timm's and the authors' files to our modules and back.

Loading is strict: a missing, extra or misshaped key is named. What a checkpoint does not hold is chosen by its
naming: timm computes linear attention with epsilon 1e-5 where the authors use 1e-15, and leaves the batch norm of the
L heads' first convolution at 1e-5 where theirs is 1e-7. Two shapes may differ from the architecture's: bias tables of
cascaded group attention for another input size are cropped or resized, and 1x1 convolutions may be matrices, as in
old files.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from search_space import ArchConfig, published
from supernet.naming import FORMATS, key_map
from supernet.network import Network, state_shapes

TIMM_EPS = 1e-5  # of linear attention, and of the batch norm in MIT heads
_COUNTER = "num_batches_tracked"
_WRAPPERS = ("state_dict", "model")
_SAM = "image_encoder."


@dataclass(frozen=True, kw_only=True, eq=False)
class Converted:
    """A checkpoint in our names: state dict of `build(arch)`, with what was adapted on the way."""

    arch: ArchConfig
    state: dict[str, Tensor]
    naming: str
    notes: tuple[str, ...] = ()

    def network(self) -> Network:
        """The network with these weights, in evaluation mode."""
        with torch.device("meta"):
            network = Network(self.arch)
        network.load_state_dict({name: value.clone() for name, value in self.state.items()}, assign=True)
        return network.eval()


def from_published(state: Mapping[str, Tensor], arch: ArchConfig, naming: str, source: str) -> Converted:
    """Weights of `arch` from published names; `source` is named in errors.

    Raises:
        ValueError: a missing, extra or misshaped key.
    """
    keys = key_map(arch, naming)
    state, notes = _relevant(state, arch, naming)
    shapes = state_shapes(arch)
    wanted = {theirs for ours, theirs in keys.items() if not ours.endswith(_COUNTER)}
    if missing := sorted(wanted - set(state)):
        raise ValueError(f"{source}: key {missing[0]!r} is missing ({len(missing)} in all)")
    if extra := sorted(set(state) - set(keys.values())):
        raise ValueError(f"{source}: key {extra[0]!r} is unknown ({len(extra)} in all)")
    found = {}
    for ours, theirs in keys.items():
        value = state.get(theirs, torch.zeros((), dtype=torch.long))  # counters may be left out
        adapted = _adapted(value, shapes[ours], is_table=ours.endswith("attention.biases"))
        if tuple(adapted.shape) != shapes[ours]:
            raise ValueError(f"{source}: key {theirs!r} has shape {tuple(value.shape)}, not {shapes[ours]}")
        if adapted.shape != value.shape:
            notes.append(f"{theirs}: {tuple(value.shape)} became {shapes[ours]}")
        found[ours] = adapted
    return Converted(arch=_as_computed_by(arch, naming), state=found, naming=naming, notes=tuple(notes))


def to_published(state: Mapping[str, Tensor], arch: ArchConfig, naming: str) -> dict[str, Tensor]:
    """The state dict of `build(arch)` under published names."""
    return {theirs: state[ours] for ours, theirs in key_map(arch, naming).items()}


def convert(path: Path, arch: ArchConfig) -> Converted:
    """The weights in a checkpoint of `arch`; the naming is recognised by its keys.

    Raises:
        ValueError: the file cannot be read safely, or its keys do not fit; names the file or the key.
    """
    return _convert(read_checkpoint(path), arch, str(path))


def recognise(path: Path, names: Iterable[str]) -> tuple[str, Converted]:
    """The published model among `names` whose weights a checkpoint holds, and the weights.

    Raises:
        ValueError: the file cannot be read safely, or it fits none; names the key in the way of the closest.
    """
    state = read_checkpoint(path)
    sizes = {name: _likeness(state, published(name)) for name in names}
    closest = max(sizes, key=lambda name: sizes[name])
    try:
        return closest, _convert(state, published(closest), str(path))
    except ValueError as error:
        raise ValueError(f"{error}; closest published model: {closest}") from None


def load_published(path: Path, arch: ArchConfig) -> Network:
    """The network of `arch` with the weights of a checkpoint; see `convert`."""
    return convert(path, arch).network()


def save_weights(network: Network, path: Path, naming: str = "native") -> None:
    """Write the weights of a network as safetensors under names of ours, timm's or the authors'.

    The architecture goes into the file's metadata.

    Raises:
        ValueError: the architecture has no such names.
    """
    state = to_published(network.state_dict(), network.arch, naming)
    tensors = {name: value.contiguous().clone() for name, value in state.items()}
    save_file(tensors, path, metadata={"arch": network.arch.to_json(), "naming": naming, "format": "pt"})


def stored_arch(path: Path) -> ArchConfig | None:
    """The architecture in the metadata of a file that `save_weights` wrote, or None."""
    if path.suffix != ".safetensors":
        return None
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("arch")
    except (OSError, SafetensorError):
        return None  # reading the tensors says what is wrong
    return ArchConfig.from_json(text) if text is not None else None


def _convert(state: Mapping[str, Tensor], arch: ArchConfig, source: str) -> Converted:
    maps = _key_maps(arch)
    fits = {naming: len(set(keys.values()) & set(_relevant(state, arch, naming)[0])) for naming, keys in maps.items()}
    return from_published(state, arch, max(fits, key=lambda naming: fits[naming]), source)


def _key_maps(arch: ArchConfig) -> dict[str, dict[str, str]]:
    """The names of each naming that has some for `arch`."""
    found = {}
    for naming in FORMATS:
        with suppress(ValueError):
            found[naming] = key_map(arch, naming)
    return found


def _likeness(state: Mapping[str, Tensor], arch: ArchConfig) -> int:
    """How many tensors have the name and the shape that `arch` wants, in the naming that fits best."""
    shapes = state_shapes(arch)
    return max(
        sum(theirs in state and state[theirs].shape == shapes[ours] for ours, theirs in keys.items())
        for keys in _key_maps(arch).values()
    )


def _relevant(state: Mapping[str, Tensor], arch: ArchConfig, naming: str) -> tuple[dict[str, Tensor], list[str]]:
    """Without position indices, which are computed; of a SAM encoder or a whole network the backbone if only that
    is wanted.
    """
    found = {name: value for name, value in state.items() if not name.endswith("attention_bias_idxs")}
    if arch.head is not None or naming == "native":
        return found, []
    prefix = "backbone." if naming == "authors" else "st"  # timm: stem, stages
    inner = {name.removeprefix(_SAM): value for name, value in found.items()}
    backbone = {name: value for name, value in inner.items() if name.startswith(prefix)}
    left = len(inner) - len(backbone)
    return backbone, [f"{left} tensors outside the backbone left out"] if left else []


def _adapted(value: Tensor, shape: tuple[int, ...], *, is_table: bool) -> Tensor:
    """`value` in `shape` where that changes no meaning, else as it is."""
    if shape[2:] == (1, 1) and tuple(value.shape) == shape[:2]:
        return value.reshape(shape)
    if is_table and value.ndim == 2 and len(value) == shape[0]:
        return resize_table(value, shape[1])
    return value


def resize_table(table: Tensor, entries: int) -> Tensor:
    """A (heads, S^2) bias table of distances for windows of T^2 = `entries` positions, (heads, T^2).

    A smaller window has the smaller distances alone, so it is a crop; a larger one is interpolated bicubically, as
    the authors do for other input sizes. Tables that are not square are returned as they are.
    """
    have, want = round(table.shape[1] ** 0.5), round(entries**0.5)
    if have == want or have**2 != table.shape[1] or want**2 != entries:
        return table
    square = table.reshape(1, len(table), have, have)
    if want < have:
        return square[..., :want, :want].reshape(len(table), entries)
    larger = F.interpolate(square.float(), size=(want, want), mode="bicubic", align_corners=False)
    return larger.reshape(len(table), entries).to(table.dtype)


def _as_computed_by(arch: ArchConfig, naming: str) -> ArchConfig:
    """`arch` with the epsilons of the library whose names a checkpoint has."""
    if naming != "timm" or not any(level.attention.uses_eps for level in arch.levels if level.attention):
        return arch
    head = arch.head
    if head is not None and arch.norm_eps != TIMM_EPS:
        head = head.with_conv_norm_eps(TIMM_EPS)
    return replace(arch, attention_eps=TIMM_EPS, head=head)


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file, or of a torch file that holds tensors alone (`weights_only=True`).

    Raises:
        ValueError: missing, truncated, or a pickle with anything else in it; nothing in it is executed.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ValueError(f"cannot read checkpoint {path}: {error.strerror or error}") from None
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from None
    except Exception as error:  # the unpickler's own errors share no base class
        raise ValueError(f"{path} is not a checkpoint of tensors alone: {str(error).splitlines()[0]}") from None
    for wrapper in _WRAPPERS:
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError(f"{path} is not a checkpoint of tensors alone")
    return dict(state)
