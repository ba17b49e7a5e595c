"""`nas fit` as functions: a latency predictor fitted to a table and kept, and the networks to measure next."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas.devices import Device, devices, find_device, fitted_path, latency_predictor, remember_device
from nas.disk.files import write_text
from nas.errors import UserError
from search_space import ArchConfig, named_space

if TYPE_CHECKING:
    from predictors import FittedPredictor, KnownDevices, LatencyPredictor, LatencyTable, TransferredPredictor
    from predictors.models import LatencyModel

ENOUGH_OF_ITS_OWN = 20  # networks from which on a device needs no other one
MOST_EXPECTED = 0.03  # error at which more probes stop paying
MOST_PROBES = 100


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """What is asked of a fit: a device, the folder of its latency table, and where the predictor goes.

    `known` names other devices to start from, parted by commas; with `samples` only so many networks of the table are
    added to what those say. Without `out` the predictor goes where searches look.
    """

    device: str
    table: Path
    known: str | None = None
    samples: int | None = None
    out: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A predictor that was fitted, judged on networks that were not, and the file it is kept in."""

    device: Device
    predictor: "FittedPredictor | TransferredPredictor"
    path: Path

    @property
    def model(self) -> str:
        """The name of the model of latency, or of the way the predictor came about."""
        return getattr(self.predictor, "name", self.predictor.origin)


@dataclass(frozen=True, kw_only=True)
class ProbeConfig:
    """What is asked of a choice of networks: for which device, how many, and of which space without a `table`.

    Networks in the table count as measured. `known` names the devices to start from, parted by commas; without it all
    of them are used. The files go to `out`, or to results/probes/DEVICE-SPACE.
    """

    device: str
    count: int
    space: str
    table: Path | None = None
    known: str | None = None
    out: Path | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_PROBES:
            raise UserError(f"--probe must be from 1 to {MOST_PROBES}, got {self.count}")


@dataclass(frozen=True, kw_only=True)
class Probes:
    """The networks to measure next, in order; `expected_error` is that after each of them.

    After `stop_after` of them more stop paying, where that error is at most `MOST_EXPECTED`; `measured` were measured
    before. Their files are in `folder`.
    """

    space: str
    archs: tuple[ArchConfig, ...]
    expected_error: tuple[float, ...]
    stop_after: int
    measured: int
    folder: Path


def fit_device(config: FitConfig) -> Fit:
    """Fit a predictor to a table, judge it and keep it; a device of the table that is new becomes known.

    Raises:
        UserError: the table is of another device, or the known devices cannot be started from.
        ValueError: the table is too small for what is asked.
    """
    from predictors import LatencyTable

    table = LatencyTable.load(config.table)
    device = device_of(config.device, table)
    predictor = fitted(config, table, device)
    path = config.out or fitted_path(device, table.manifest.space)
    predictor.save(path)
    return Fit(device=device, predictor=predictor, path=path)


def choose_probes(config: ProbeConfig) -> Probes:
    """The networks that tell most about a device, their files written.

    Raises:
        UserError: the known devices cannot be started from.
    """
    measured: list[ArchConfig] = []
    space = config.space
    if config.table is not None:
        from predictors import LatencyTable

        table = LatencyTable.load(config.table)
        space = table.manifest.space
        measured = [ArchConfig.from_json(row.key_json) for row in table.networks()]
    device = next((d for d in devices().values() if config.device in (d.name, *d.aliases)), None)
    archs, plan = known_devices(config.known, device, space).probes(config.count, measured=measured)
    folder = config.out or Path("results") / "probes" / f"{config.device}-{space}"
    for arch in archs:
        write_text(folder / f"{arch.arch_id}.json", arch.to_json() + "\n")
    return Probes(
        space=space,
        archs=tuple(archs),
        expected_error=tuple(float(error) for error in plan.expected_error),
        stop_after=plan.stop_after(target=MOST_EXPECTED),
        measured=len(measured),
        folder=folder,
    )


def device_of(name: str, table: "LatencyTable") -> Device:
    """The device asked for, which the table must be of; a table's own device becomes known with it."""
    manifest = table.manifest
    if name == manifest.device and not any(name in (d.name, *d.aliases) for d in devices().values()):
        remember_device(
            Device(
                name=name,
                description=f"measured with {manifest.runtime} {manifest.runtime_version}",
                runtime=manifest.runtime,
                precision=manifest.precision,
                batch=manifest.batch,
            )
        )
    device = find_device(name)
    if manifest.device != device.name:
        raise UserError(f"the table was measured on device {manifest.device}, not on {device.name}")
    return device


def fitted(config: FitConfig, table: "LatencyTable", device: Device) -> "FittedPredictor | TransferredPredictor":
    """A predictor of the table's own networks, or, where they are few, of known devices and those few."""
    from predictors import fit_latency

    own = len(table.networks("fit"))
    if config.known is None and config.samples is not None:
        raise UserError("--samples needs --from: the known devices that few samples are added to")
    if config.known is not None and (config.samples is not None or own < ENOUGH_OF_ITS_OWN):
        return transferred(config, table, device)
    sources = known_predictors(config.known, device, table.manifest.space) if config.known else []
    return fit_latency(table, prior=prior_coefficients(device), source=first_model(sources))


def transferred(config: FitConfig, table: "LatencyTable", device: Device) -> "TransferredPredictor":
    """Few samples of the table, chosen before any latency is looked at; all of them where no number is given."""
    from predictors import fit_transfer
    from predictors.latency.fit import rows_digest

    space = table.manifest.space
    known = known_devices(config.known, device, space)
    rows = {ArchConfig.from_json(row.key_json): row for row in table.networks("", "fit", "cal")}
    held = {ArchConfig.from_json(row.key_json): row.p50_ms for row in table.networks("test")}
    chosen: Sequence[ArchConfig] = list(rows)
    if config.samples is not None:
        chosen, _ = known.probes(config.samples, candidates=list(rows))
    return fit_transfer(
        known,
        device=device.name,
        archs=chosen,
        latency_ms=np.array([rows[arch].p50_ms for arch in chosen]),
        held_out=list(held),
        held_out_ms=np.array(list(held.values())) if held else None,
        rows_digest=rows_digest(table),
        noise_floor=table.noise_floor("test") if held else table.noise_floor(),
    )


def known_devices(text: str | None, device: Device | None, space: str) -> "KnownDevices":
    """The known devices to start from, by how alike they are."""
    from predictors import KnownDevices

    return KnownDevices.compare(named_space(space), known_predictors(text, device, space))


def known_predictors(text: str | None, device: Device | None, space: str) -> list["LatencyPredictor"]:
    """Predictors of the devices named in `--from`; without it, of every known device but this one.

    Other power modes and modules of a board have to be named: unasked, they would tell the same many times over.

    Raises:
        UserError: a device has no predictor, or is the new one itself.
    """
    if text is None:
        from predictors import CALIBRATED_DEVICES, analytic_predictors

        names = [d.name for d in devices().values() if fitted_path(d, space).exists()]
        originals = [name for name, each in analytic_predictors().items() if not each.variant_of]
        names += [name for name in (*CALIBRATED_DEVICES, *originals) if name not in names]
        others = [name for name in names if device is None or name != device.name]
        found = [latency_predictor(find_device(name), space) for name in others]
        return [each for each in found if each.origin != "transferred"]
    chosen = [find_device(name.strip()) for name in text.split(",") if name.strip()]
    if device is not None and device.name in [each.name for each in chosen]:
        raise UserError(f"--from names {device.name} itself; name other devices")
    return [latency_predictor(each, space) for each in chosen]


def prior_coefficients(device: Device) -> np.ndarray | None:
    """Coefficients of a similar device's physics features: published ones, or a roofline of the same kind."""
    from predictors import CALIBRATED_DEVICES, analytic_predictors, calibrated_predictor

    if device.name in CALIBRATED_DEVICES:
        return calibrated_predictor(device.name).coefficients()
    known = analytic_predictors()
    if device.name in known:
        return known[device.name].coefficients()
    like = device.backend.like
    return known[like].coefficients() if like else None


def first_model(sources: Sequence["LatencyPredictor"]) -> "LatencyModel | None":
    """The first known device's model that reads physics features alone."""
    from predictors import FittedPredictor

    models = [s.model for s in sources if isinstance(s, FittedPredictor) and s.design.blocks is None]
    return models[0] if models else None
