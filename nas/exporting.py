"""`nas export` as a function: a network of ours or a model of timm by name, with its weights, as a checked file."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nas.archs import arch_name, find_arch
from nas.deploy import EXPORTERS, Exporter, ExportReport, Source
from nas.deploy.exporting import export, find_exporter
from nas.deploy.weights import download, find_pretrained
from nas.errors import UserError
from nas.units import parse_resolution

if TYPE_CHECKING:
    from search_space import ArchConfig
    from supernet import Network

ZOO = "timm:"  # before the tag of a model of timm


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """What is asked of an export; without `supernet`, `weights` or `pretrained` a network of ours has random weights.

    `arch` is a published name, the prefix of an arch_id, a JSON file or timm:TAG, `weights` a published checkpoint.
    A model of timm has the weights that timm downloads, unless `weights` or `random` says otherwise. `batch` images
    per call are fixed in the file. Without `out` the file is named by the network and the format.

    Raises:
        UserError: two of them exclude each other.
    """

    arch: str
    out: Path | None = None
    export_format: str = "onnx"
    precision: str = "fp32"
    supernet: Path | None = None
    weights: Path | None = None
    pretrained: bool = False
    batch: int = 1
    resolution: str | None = None
    random: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.supernet is not None) + (self.weights is not None) + self.pretrained > 1:
            raise UserError("--supernet, --weights and --pretrained exclude each other")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file that was written and checked: `weights` says where they come from, `check` what was compared.

    `notes` are on the conversion of the weights; `images` says what a model of timm expects of its images.
    """

    report: ExportReport
    weights: str
    check: str
    notes: tuple[str, ...] = ()
    images: str | None = None


def export_arch(config: ExportConfig, working: AbstractContextManager[object] | None = None) -> Exported:
    """Write a deployable file, checked against PyTorch; `working` is entered for building, writing and checking.

    Raises:
        UserError: what is asked cannot be; says what can.
        ValueError: the check failed; no file is left.
    """
    exporter = find_exporter(config.export_format)
    way = _export_zoo if config.arch.startswith(ZOO) else _export_ours
    return way(config, exporter, working or nullcontext())


def _export_ours(config: ExportConfig, exporter: Exporter, working: AbstractContextManager[object]) -> Exported:
    if config.random:
        raise UserError("--random is for models of timm; others have random weights unless told otherwise")
    arch = find_arch(config.arch)
    if config.resolution is not None:
        arch = replace(arch, resolution=parse_resolution(config.resolution))
    if arch.head is None:
        raise UserError(f"{config.arch} is a backbone; only networks with a head can be exported")
    checkpoint, origin = find_weights(config, arch)
    with working:
        network, notes = build_network(config, arch, checkpoint)
        path = config.out or Path(f"{arch_name(arch).replace('@', '-')}{exporter.suffix}")
        source = Source.of_network(network, batch=config.batch, precision=config.precision, seed=config.seed)
        report = export(source, path, exporter)
    return Exported(report=report, weights=origin, check=exporter.describe_check(report), notes=notes)


def _export_zoo(config: ExportConfig, exporter: Exporter, working: AbstractContextManager[object]) -> Exported:
    if config.random and config.weights is not None:
        raise UserError("--random and --weights exclude each other")
    if config.supernet is not None or not exporter.takes_modules:
        able = ", ".join(name for name, found in EXPORTERS.items() if found.takes_modules)
        raise UserError(f"{config.arch}: models of timm go to {able}, with their own weights or --weights FILE")
    from nas.rivals.exporting import HUB, images_expected, square_side, zoo_model, zoo_source

    tag = config.arch.removeprefix(ZOO)
    side = square_side(tag, config.resolution)
    with working:
        model = zoo_model(tag, side, weights=config.weights, random=config.random, seed=config.seed)
        source = zoo_source(model, side, batch=config.batch, precision=config.precision, seed=config.seed)
        report = export(source, config.out or Path(f"{tag}-{side}{exporter.suffix}"), exporter)
    return Exported(
        report=report,
        weights="random weights" if config.random else f"weights of {config.weights or f'{HUB}/{tag}'}",
        check=exporter.describe_check(report),
        images=images_expected(tag),
    )


def find_weights(config: ExportConfig, arch: "ArchConfig") -> tuple[Path | None, str]:
    """The checkpoint to read, downloaded if asked for, and where the weights come from, in words."""
    if config.pretrained:
        published = find_pretrained(arch)
        source = f"timm/{published.timm}" if published.timm else str(published.authors)
        return download(published), f"weights of {source}"
    source = str(config.weights or config.supernet or "")
    return config.weights, f"weights of {source}" if source else "random weights"


def build_network(
    config: ExportConfig, arch: "ArchConfig", checkpoint: Path | None
) -> "tuple[Network, tuple[str, ...]]":
    """The network with its weights, and what to say of their conversion."""
    from supernet import build, convert, judged_network

    if checkpoint is not None:
        found = convert(checkpoint, arch)
        return found.network(), found.notes
    if config.supernet is None:
        return build(arch, seed=config.seed), ()
    return judged_network(config.supernet, arch), ()
