"""A new device from known ones and a handful of measured networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from predictors.features.costs import cost_matrix, features
from predictors.intervals.conformal import MIN_CALIBRATION, NoIntervalError
from predictors.intervals.novelty import Novelty
from predictors.intervals.unseen import unseen_networks
from predictors.latency.fit_report import FitReport, HeldOut, LatencyErrors
from predictors.latency.measured import FittedPredictor
from predictors.latency.probes import ProbePlan, plan_probes
from predictors.latency.seen import SeenNetworks
from predictors.latency.transfer import TransferModel, TransferPrior
from predictors.models.protocol import Record
from predictors.prediction import LatencyPrediction, LatencyPredictor, Origin, check_confidence
from predictors.storage import write_record
from search_space import ArchConfig, SearchSpace, traits_of

SCHEMA = "latency-transfer/1"
POOL = 300  # random members of the space on which devices are compared and from which probes are chosen
_BYTES = 4  # any value: the deviation from known devices is linear in standardised logarithms


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownDevices:
    """Predictors of known devices, compared on a `pool` of members of a space."""

    space: str
    sources: tuple[LatencyPredictor, ...]
    pool: tuple[ArchConfig, ...]

    @classmethod
    def compare(cls, space: SearchSpace, sources: Sequence[LatencyPredictor], *, seed: int = 0) -> "KnownDevices":
        """Draw the pool.

        Raises:
            ValueError: no source.
        """
        if not sources:
            raise ValueError("transfer needs at least one known device")
        rng = np.random.default_rng(seed)
        pool = dict.fromkeys(space.sample(rng) for _ in range(POOL))
        return cls(space=space.name, sources=tuple(sources), pool=tuple(pool))

    def known(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        """Log latency of each architecture on each known device, shape (n, d)."""
        found = [np.log(source.predict(archs, confidence=0.5).p50_ms) for source in self.sources]
        return np.stack(found, axis=1)

    @cached_property
    def prior(self) -> TransferPrior:
        """What the known devices say about a new one before it is measured."""
        known = self.known(self.pool)
        names = [source.device for source in self.sources]
        return TransferPrior.fit(known, design_of(self.pool), measured_ms=np.exp(known), groups=names)

    def probes(
        self, count: int, *, candidates: Sequence[ArchConfig] = (), measured: Sequence[ArchConfig] = ()
    ) -> tuple[tuple[ArchConfig, ...], ProbePlan]:
        """The next `count` networks to measure, and what to expect after each.

        They come from `candidates`, the pool unless told; `measured` ones are known already.
        """
        archs = (*(candidates or self.pool), *measured)
        own = np.arange(len(archs) - len(measured))
        if candidates and count > len(own):
            raise ValueError(f"asked for {count} samples, the table has {len(own)}")
        plan = plan_probes(
            self.prior,
            self.known(archs),
            design_of(archs),
            count=count,
            measured=np.arange(len(own), len(archs)),
            candidates=own,
        )
        return tuple(archs[row] for row in plan.rows), plan


def design_of(archs: Sequence[ArchConfig]) -> np.ndarray:
    """Logarithms of the physics features, shape (n, k); a new device deviates linearly in them."""
    return np.log1p(features(cost_matrix(archs), bytes_per_element=_BYTES))


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferredPredictor:
    """Latency of a new device: a mixture of the `sources` and a deviation of its own.

    `seen` are its samples with rows of `design_of`, `traits` those of the samples and of the networks behind the
    sources; `report` its errors.
    """

    device: str
    space: str
    sources: tuple[LatencyPredictor, ...]
    model: TransferModel
    novelty: Novelty
    seen: SeenNetworks
    traits: frozenset[str]
    report: FitReport | None
    rows_digest: str
    origin: Origin = "transferred"

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """Latencies in ms; see `LatencyPrediction`.

        Raises:
            NoIntervalError: too few samples for this confidence.
        """
        from scipy.stats import norm

        check_confidence(confidence)
        found = [source.predict(archs, confidence=0.5) for source in self.sources]
        known, design = np.log(np.stack([each.p50_ms for each in found], axis=1)), design_of(archs)
        mean, std = self.model.predict(known, design)
        excess, unseen = self.novelty.excess(design), unseen_networks(archs, self.traits)
        try:
            # samples chosen to differ are no random ones: the wider side counts, and the model's own spread
            band = self.model.band()
            least = max(norm.ppf(confidence), *np.abs(band.quantiles(confidence)))
            low, high = band.ends(mean, std, confidence=confidence, excess=excess, unseen=unseen, least=float(least))
        except NoIntervalError as error:
            raise NoIntervalError(
                f"{error}; measure more networks on {self.device}, or ask for --confidence 0.5"
            ) from None
        unlike = np.stack([each.extrapolated for each in found]).all(axis=0)  # no known device has such a network
        return LatencyPrediction(
            p50_ms=mean,
            low_ms=low,
            high_ms=high,
            extrapolated=(excess > 1) | (unseen > 1) | unlike,
            confidence=confidence,
            origin=self.origin,
        )

    def operator_ms(self, arch: ArchConfig) -> np.ndarray:
        """The closest known device's shares of this device's latency, in ms, shape (operators,)."""
        source = self.sources[int(np.argmax(self.model.closeness()))]
        scale = self.predict([arch], confidence=0.5).p50_ms / source.predict([arch], confidence=0.5).p50_ms
        return np.asarray(source.operator_ms(arch) * scale)

    def closest(self, arch: ArchConfig, *, count: int = 3) -> list[tuple[str, float]]:
        """The samples most like `arch`: name and latency in ms, closest first."""
        return self.seen.closest(design_of([arch])[0], self.novelty, count)

    def closest_devices(self) -> list[tuple[str, float]]:
        """Known devices and the correlation of their log latencies with this one's samples, closest first."""
        found = zip((source.device for source in self.sources), self.model.closeness(), strict=True)
        return sorted(((name, float(value)) for name, value in found), key=lambda item: -item[1])

    @property
    def judged(self) -> FitReport:
        """The report, which a predictor lacks only while it is being fitted."""
        assert self.report is not None
        return self.report

    def describe(self) -> str:
        """The known devices that count most, the number of samples, and the error on others."""
        report = self.judged
        judged = f"{report.n_held_out} networks held out" if report.n_held_out else "each sample from the others"
        names = ", ".join(f"{name} ({value:.3f})" for name, value in self.closest_devices()[:3])
        return (
            f"{self.device}: transferred from {names} with {report.n_fit} samples, error "
            f"{report.errors.mape:.1%} on average over {judged}"
        )

    def save(self, path: Path) -> None:
        """Write as JSON, the known devices included."""
        write_record(path, self.record())

    def record(self) -> Record:
        """Everything needed to predict again, as JSON values."""
        return {
            "schema_version": SCHEMA,
            "device": self.device,
            "space": self.space,
            "sources": [source_record(source) for source in self.sources],
            "model": self.model.record(),
            "novelty": self.novelty.record(),
            "seen": self.seen.record(),
            "traits": sorted(self.traits),
            "report": self.judged.to_json(),
            "rows_digest": self.rows_digest,
        }


def source_record(source: LatencyPredictor) -> Record:
    """A known device as JSON values; built-in ones by name.

    Raises:
        ValueError: the source rests on other devices itself.
    """
    if isinstance(source, FittedPredictor):
        return source.record()
    if source.origin in ("calibrated", "analytic"):
        return {"schema_version": source.origin, "device": source.device}
    raise ValueError(f"device {source.device} is itself transferred; transfer from the devices it came from")


def fit_transfer(
    known: KnownDevices,
    *,
    device: str,
    archs: Sequence[ArchConfig],
    latency_ms: np.ndarray,
    held_out: Sequence[ArchConfig] = (),
    held_out_ms: np.ndarray | None = None,
    rows_digest: str = "",
    noise_floor: float | None = None,
) -> TransferredPredictor:
    """Fit to samples (n,) of a new device; judged on held-out networks or, without any, each sample from the others.

    Raises:
        ValueError: fewer than 2 samples.
    """
    for source in known.sources:
        source_record(source)
    model = known.prior.transfer(known.known(archs), design_of(archs), latency_ms)
    predictor = TransferredPredictor(
        device=device,
        space=known.space,
        sources=known.sources,
        model=model,
        novelty=Novelty.fit(design_of((*known.pool, *archs))),
        seen=SeenNetworks(
            arch_ids=tuple(arch.arch_id for arch in archs), rows=design_of(archs), latency_ms=latency_ms
        ),
        traits=traits_of(archs).union(*(source.traits for source in known.sources)),
        report=None,
        rows_digest=rows_digest,
    )
    measured = latency_ms if held_out_ms is None else held_out_ms
    predicted = latency_ms * np.exp(-model.left_out[0])
    baselines: dict[str, LatencyErrors] = {}
    coverage: float | None = None
    if held_out_ms is not None:
        predicted = predictor.predict(held_out, confidence=0.5).p50_ms
        own, others = np.exp(known.known(archs)), np.exp(known.known(held_out))
        for index, source in enumerate(known.sources):
            scale = float(np.median(latency_ms / own[:, index]))
            baselines[f"{source.device}_scaled"] = LatencyErrors.of(scale * others[:, index], measured)
        if len(archs) >= MIN_CALIBRATION:
            coverage = float((measured <= predictor.predict(held_out, confidence=0.9).high_ms).mean())
    report = FitReport(
        errors=LatencyErrors.of(predicted, measured),
        noise_floor=noise_floor,
        n_fit=len(archs),
        n_held_out=len(held_out),
        coverage=coverage,
        baselines=baselines,
        closest=dict(predictor.closest_devices()),
        held_out=HeldOut(
            arch_ids=[arch.arch_id for arch in held_out or archs],
            predicted_ms=predicted.tolist(),
            measured_ms=measured.tolist(),
        ),
    )
    return replace(predictor, report=report)
