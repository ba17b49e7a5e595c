"""What devices, spaces and architectures are, as values: what `nas devices`, `nas spaces` and `nas show` answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from nas.archs import arch_name
from nas.caution import caution
from nas.deploy.weights import weights_command
from nas.describing.explanation import explain
from nas.devices import Device, devices, find_device, fitted_path, latency_predictor
from nas.runs import Explanation
from predictors import (
    CALIBRATED_DEVICES,
    analytic_predictors,
    calibrated_predictor,
    load_predictor,
    published_network,
)
from search_space import SPACES, ArchConfig, arch_cost, named_space, operators


@dataclass(frozen=True, kw_only=True)
class DescribedDevice:
    """A device, where its latencies come from (empty where from nowhere yet) and on how many rows they rest."""

    name: str
    description: str
    aliases: tuple[str, ...]
    runtime: str
    precision: str
    batch: int
    origin: str
    rows: int

    @property
    def caution(self) -> str | None:
        """What to read its latencies with, where they are contested."""
        return caution(self.name, self.origin)

    def to_json(self) -> dict[str, Any]:
        """An object of `nas devices --json`."""
        return asdict(self)


def described_devices() -> list[DescribedDevice]:
    """Every known device."""
    return [_device(device) for device in devices().values()]


def _device(device: Device) -> DescribedDevice:
    origin, rows = "", 0
    for space in SPACES:
        if fitted_path(device, space).exists():
            found = load_predictor(fitted_path(device, space))
            # measured rows of one space say more of a device than samples of another do
            origin = found.origin if origin != "measured" else origin
            report = found.judged
            rows += report.n_fit + report.n_calibration + report.n_held_out
    if not origin and device.name in CALIBRATED_DEVICES:
        origin, rows = "calibrated", len(calibrated_predictor(device.name).latency_ms)
    if not origin and device.name in analytic_predictors():
        origin = "analytic"
    return DescribedDevice(
        name=device.name,
        description=device.description,
        aliases=tuple(device.aliases),
        runtime=device.runtime,
        precision=device.precision,
        batch=device.batch,
        origin=origin,
        rows=rows,
    )


@dataclass(frozen=True, kw_only=True)
class DescribedSpace:
    """A space: how many architectures, the choices of each gene, multiply-adds of its extremes, published members."""

    name: str
    spans: str
    size: int
    genes: Mapping[str, int]
    macs: tuple[int, int]
    resolutions: tuple[int, ...]
    supernet_parameters: int
    members: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """An object of `nas spaces --json`."""
        return asdict(self)


def described_spaces() -> list[DescribedSpace]:
    """Every known space."""
    return [_space(name) for name in SPACES]


def _space(name: str) -> DescribedSpace:
    space = named_space(name)
    return DescribedSpace(
        name=name,
        spans=SPACES[name].spans,
        size=space.size,
        genes={gene.name: len(gene.choices) for gene in space.genes},
        macs=(arch_cost(space.smallest()).macs, arch_cost(space.largest()).macs),
        resolutions=tuple(space.resolutions),
        supernet_parameters=SPACES[name].supernet_parameters,
        members=tuple(space.members),
    )


@dataclass(frozen=True, kw_only=True)
class OperatorRow:
    """`count` equal operators in a row: what one is, gives, holds and computes."""

    operator: str
    count: int
    output: tuple[int, ...]
    parameters: int
    macs: int


@dataclass(frozen=True, kw_only=True)
class Level:
    """The operators at a stride, or of the head."""

    stride: str
    operators: tuple[OperatorRow, ...]


@dataclass(frozen=True, kw_only=True)
class PublishedScore:
    """Score in percent of a network that can be downloaded, who says so, and the command that gets its weights."""

    top1: float
    source: str
    timm: str | None
    timm_top1: float | None
    authors: str | None
    weights_command: str


@dataclass(frozen=True, kw_only=True)
class DescribedLatency:
    """Latency in ms of an architecture on a device, where it goes, and what the predictor says of itself."""

    device: str
    p50_ms: float
    low_ms: float
    high_ms: float
    confidence: float
    origin: str
    extrapolated: bool
    caution: str | None
    explanation: Explanation
    predictor: str

    def to_json(self) -> dict[str, Any]:
        """The object `latency` of `nas show --json`."""
        own = ("device", "p50_ms", "low_ms", "high_ms", "confidence", "origin", "extrapolated", "caution")
        return {**{name: getattr(self, name) for name in own}, **self.explanation.to_json()}


@dataclass(frozen=True, kw_only=True)
class DescribedArch:
    """An architecture level by level, and its latency where a device was named."""

    arch_id: str
    name: str
    resolution: tuple[int, int]
    parameters: int
    macs: int
    activation: str
    published: PublishedScore | None
    levels: tuple[Level, ...]
    latency: DescribedLatency | None = None

    def to_json(self) -> dict[str, Any]:
        """The object of `nas show --json`."""
        own = {name: value for name, value in asdict(self).items() if name != "latency"}
        return own if self.latency is None else {**own, "latency": self.latency.to_json()}


def describe_arch(
    arch: ArchConfig, *, device: str | None = None, space: str = "efficientvit", confidence: float = 0.9
) -> DescribedArch:
    """What an architecture is; with a `device`, its latency there by the predictor of a space.

    Raises:
        UserError: no such device, or nothing predicts its latencies.
    """
    cost = arch_cost(arch)
    return DescribedArch(
        arch_id=arch.arch_id,
        name=arch_name(arch),
        resolution=arch.resolution,
        parameters=cost.parameters,
        macs=cost.macs,
        activation=arch.activation,
        published=_published(arch),
        levels=_levels(arch),
        latency=None if device is None else _latency(arch, device, space, confidence),
    )


def _latency(arch: ArchConfig, device: str, space: str, confidence: float) -> DescribedLatency:
    known = find_device(device)
    predictor = latency_predictor(known, space)
    found = predictor.predict([arch], confidence=confidence)
    return DescribedLatency(
        device=known.name,
        p50_ms=float(found.p50_ms[0]),
        low_ms=float(found.low_ms[0]),
        high_ms=float(found.high_ms[0]),
        confidence=confidence,
        origin=found.origin,
        extrapolated=bool(found.extrapolated[0]),
        caution=caution(known.name, found.origin),
        explanation=explain(predictor, arch),
        predictor=predictor.describe(),
    )


def _levels(arch: ArchConfig) -> tuple[Level, ...]:
    """Operators by level, equal neighbours counted."""
    parts: dict[str, list[OperatorRow]] = {}
    for path, op in operators(arch):
        rows = parts.setdefault(path.split(".")[1] if path != "head" else "head", [])
        what = op.kind if op.attention is None else f"{op.kind}, {op.attention.describe()}"
        ratio = getattr(op.part, "expand", 1)
        expand = f", expand {ratio}" if ratio > 1 else ""
        before = rows[-1] if rows else None
        row = OperatorRow(
            operator=f"{what}{expand}",
            count=before.count if before else 1,
            output=tuple(op.output),
            parameters=op.cost.parameters,
            macs=op.cost.macs,
        )
        if before == row:
            rows[-1] = replace(row, count=row.count + 1)
        else:
            rows.append(replace(row, count=1))
    return tuple(Level(stride=level, operators=tuple(rows)) for level, rows in parts.items())


def _published(arch: ArchConfig) -> PublishedScore | None:
    found = published_network(arch)
    if found is None:
        return None
    return PublishedScore(
        top1=found.top1,
        source=found.source,
        timm=found.timm,
        timm_top1=found.timm_top1,
        authors=found.authors,
        weights_command=weights_command(found),
    )
