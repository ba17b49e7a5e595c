"""Models of timm as they are deployed: branches merged, batch norms folded; and what they cost, by our convention."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from nas.errors import UserError

if TYPE_CHECKING:
    import torch
    from torch import nn

INSTALL = "timm is not installed; pip install 'efficientvit-nas[timm]'"
FOLDING_TOLERANCE = 1e-3  # of the largest output; a batch norm folded where it does not belong is off by far more
# names of blocks as timm's classifiers have them: stages.2.blocks.3, stages.0.1, blocks.4.0, layer1.0, blocks.7
_BLOCK = re.compile(r"(?:.*?(?:stages?|layers?)[._]?\d+\.(?:blocks\.)?\d+|.*?blocks\.\d+(?:\.\d+)?)(?=\.|$)")


def import_timm() -> ModuleType:
    """timm; over a CPU build of torch torchvision's compiled operators do not load, so two of them are declared.

    Raises:
        UserError: not installed.
    """
    try:
        _declare_operators()
        import timm
    except ImportError:
        raise UserError(INSTALL) from None
    return timm


@cache
def _declare_operators() -> "torch.library.Library | None":
    """The declaration lives as long as the object does, which the cache keeps."""
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:  # operator torchvision::nms does not exist
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return library
    return None


def check_tag(tag: str) -> Any:
    """timm's record of a pretrained model.

    Raises:
        UserError: timm is not installed, or does not know the tag.
    """
    timm = import_timm()
    try:
        config = timm.models.get_pretrained_cfg(tag) if timm.models.is_model(tag) else None
    except RuntimeError:  # a recipe that the architecture does not have
        config = None
    if config is None:
        raise UserError(f"timm {timm.__version__} has no model {tag!r}; nas rivals --dry-run lists some")
    return config


def create(tag: str, side: int | None = None, *, pretrained: bool = False, seed: int = 0) -> "nn.Module":
    """timm's model for RGB images of `side` pixels (default: its own), in evaluation mode, weights from the seed
    unless they are `pretrained`.

    Raises:
        UserError: timm is not installed, or does not know the tag.
    """
    import torch

    config = check_tag(tag)
    sized = {"img_size": side} if side and config.fixed_input_size and side != config.input_size[-1] else {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: nn.Module = import_timm().create_model(tag, pretrained=pretrained, **sized)
        if not pretrained:
            _stir(model)
            _settle(model, torch.randn((2, 3, *[side or config.input_size[-1]] * 2)))
    return model.eval()


def _stir(model: "nn.Module") -> None:
    """Give scales and shifts ordinary values: many start at 0 or 1e-6, and then no check of outputs sees anything."""
    import torch

    with torch.no_grad():
        for name, value in (*model.named_parameters(), *model.named_buffers()):
            if not value.is_floating_point() or value.numel() != max(value.shape, default=1):
                continue
            if name.endswith(("bias", "running_mean")):
                value.normal_(std=0.1)
            elif name.endswith(("weight", "running_var", "gamma", "scale")):
                value.uniform_(0.5, 1.5)


def _settle(model: "nn.Module", images: "torch.Tensor") -> None:
    """Take the statistics of batch norms from images, so that values stay ordinary through any depth."""
    import torch
    from torch import nn

    model.eval()
    norms = [part for part in model.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    with torch.no_grad():
        model(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.eval()
        norm.momentum = momentum


def deployed(model: "nn.Module", images: "torch.Tensor") -> "nn.Module":
    """A copy with the branches of training merged and each batch norm behind a convolution folded into it.

    Raises:
        ValueError: merging changes the outputs.
    """
    import torch

    with torch.no_grad():
        expected = model(images)
        merged: nn.Module = import_timm().utils.reparameterize_model(model).eval()
        if not _agree(merged(images), expected):
            raise ValueError("merging its branches for deployment changes its outputs")
        folded = _folded(merged, images)
        return folded if _agree(folded(images), expected) else merged


def _agree(found: "torch.Tensor", expected: "torch.Tensor") -> bool:
    return bool((found - expected).abs().max() <= FOLDING_TOLERANCE * expected.abs().max())


def _folded(model: "nn.Module", images: "torch.Tensor") -> "nn.Module":
    """A copy with the batch norms folded that take nothing but the output of a convolution, as one run shows it."""
    import copy

    import torch
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    model = copy.deepcopy(model)
    made_by, norms, calls = dict[int, nn.Conv2d](), dict[nn.BatchNorm2d, nn.Conv2d](), Counter[nn.Module]()
    alive: list[torch.Tensor] = []  # an id belongs to one tensor as long as that lives

    def note(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        calls[module] += 1
        alive.extend((*inputs[:1], output))
        if type(module) is nn.Conv2d:
            made_by[id(output)] = module
        elif isinstance(module, nn.BatchNorm2d) and id(inputs[0]) in made_by:
            norms[module] = made_by[id(inputs[0])]

    kinds = (nn.Conv2d, nn.BatchNorm2d)
    with _hooks([module.register_forward_hook(note) for module in model.modules() if isinstance(module, kinds)]):
        model(images)
    names = {module: name for name, module in model.named_modules()}
    for norm, conv in norms.items():
        if calls[norm] == calls[conv] == 1 and norm in names and conv in names:
            _replace(model, names[conv], fuse_conv_bn_eval(conv, norm))
            rest = [getattr(norm, part) for part in ("drop", "act") if hasattr(norm, part)]  # timm's BatchNormAct2d
            _replace(model, names[norm], nn.Sequential(*rest))
    return model


def _replace(model: "nn.Module", name: str, part: "nn.Module") -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, part)


def module_of(tag: str, side: int) -> "Callable[[], nn.Module]":
    """A call that builds the model as it is deployed, weights from a seed."""
    return partial(_build, tag, side)


def _build(tag: str, side: int) -> "nn.Module":
    import torch

    images = torch.randn((1, 3, side, side), generator=torch.Generator().manual_seed(0))
    return deployed(create(tag, side), images)


@dataclass(frozen=True, kw_only=True)
class ZooCost:
    """Costs of a deployed model at batch 1, as `search_space.Cost` counts them.

    `busiest` are the elements that the block that moves most reads and writes, blocks as timm's names of modules
    tell them.
    """

    macs: int
    weights: int
    activations: int
    kernels: int
    busiest: int


def trace_cost(model: "nn.Module", images: "torch.Tensor") -> ZooCost:
    """Run the model once and count its convolutions, linear layers and products."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    stack, blocks, counts = [""], Counter[str](), Counter[str]()

    class Count(TorchDispatchMode):  # it calls what it sees, and adds up what the formulas of torch say of it
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            del types
            output = func(*args, **(kwargs or {}))
            if (flops := flop_registry.get(func._overloadpacket)) is not None:
                tensors = [value for value in args if isinstance(value, torch.Tensor)]
                moved = sum(t.numel() for t in tensors if t.untyped_storage().data_ptr() not in weights)
                counts["macs"] += flops(*args, **(kwargs or {}), out_val=output) // 2
                counts["kernels"] += 1
                counts["activations"] += moved + output.numel()
                blocks[_block_of(stack[-1])] += moved + output.numel()
            return output

    hooks = []
    for name, module in model.named_modules():
        hooks.append(module.register_forward_pre_hook(lambda _module, _inputs, name=name: stack.append(name)))
        hooks.append(module.register_forward_hook(lambda _module, _inputs, _output: _drop(stack)))
    # products are visible as such only where attention is not a kernel of its own
    with _hooks(hooks), torch.no_grad(), sdpa_kernel(SDPBackend.MATH), Count():  # type: ignore[no-untyped-call]
        model(images)
    return ZooCost(
        macs=counts["macs"],
        weights=sum(parameter.numel() for parameter in model.parameters()),
        activations=counts["activations"],
        kernels=counts["kernels"],
        busiest=max(blocks.values()),
    )


def _drop(stack: list[str]) -> None:
    stack.pop()


def _block_of(name: str) -> str:
    """The block that a module is in; outside of them its first two names, such as `stem.conv1`."""
    found = _BLOCK.match(name)
    return found[0] if found else ".".join(name.split(".")[:2])


@contextmanager
def _hooks(handles: list[Any]) -> Iterator[None]:
    with ExitStack() as stack:
        for handle in handles:
            stack.callback(handle.remove)
        yield


def load_weights(model: "nn.Module", path: Path) -> None:
    """Put the weights of a safetensors file of timm into its model.

    Raises:
        UserError: no such file, or its names or shapes are those of another model; names the first.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UserError(f"cannot read weights {path}: {error}") from None
    own = model.state_dict()
    for name in sorted({*state, *own}):
        if name not in state or name not in own:
            where = "lacks" if name not in state else "has an unknown"
            raise UserError(f"{path} {where} weight {name!r}: it belongs to another model")
        if state[name].shape != own[name].shape:
            raise UserError(f"{path}: {name} has shape {tuple(state[name].shape)}, expected {tuple(own[name].shape)}")
    model.load_state_dict(state)
