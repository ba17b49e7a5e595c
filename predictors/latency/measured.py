"""A predictor fitted to measured networks: the chosen model, its conformal band and what it calls unlike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from predictors.features.blocks import BlockLatencies, column_now
from predictors.features.costs import BYTES
from predictors.features.design import Design
from predictors.intervals.conformal import ConformalBand, NoIntervalError
from predictors.intervals.novelty import Novelty
from predictors.intervals.unseen import BEFORE_TRAITS, unseen_networks
from predictors.latency.fit_report import FitReport
from predictors.latency.seen import SeenNetworks
from predictors.models import LatencyModel, load_model
from predictors.models.protocol import Record
from predictors.prediction import LatencyPrediction, Origin, check_confidence, operator_costs
from predictors.storage import read_record, write_record
from search_space import ArchConfig, operators

SCHEMA = "latency-predictor/2"
ANOTHER_VERSION = "made by another version of this program; run nas fit again"


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedPredictor:
    """The model called `name` on the rows of `design`, with a conformal `band` of networks it was not fitted to.

    `seen` are the measured networks, `traits` those of the ones that it was fitted to; `report` holds the errors on
    held-out ones and `rows_digest` identifies the rows of the table. With an `assurance`, as a search sets it, upper
    ends are tolerance limits (`ConformalBand.ends`).
    """

    device: str
    space: str
    precision: str
    name: str
    model: LatencyModel
    design: Design
    band: ConformalBand
    novelty: Novelty
    seen: SeenNetworks
    traits: frozenset[str]
    report: FitReport | None
    rows_digest: str
    origin: Origin = "measured"
    assurance: float | None = None

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """Latencies in ms; see `LatencyPrediction`.

        Raises:
            NoIntervalError: too few networks for this confidence.
        """
        unseen = unseen_networks(archs, self.traits)
        return self.predict_additive(self.design.additive(archs), unseen, confidence=confidence)

    def predict_additive(self, additive: np.ndarray, unseen: np.ndarray, *, confidence: float) -> LatencyPrediction:
        """The same from `Design.additive` quantities (n, q) and `unseen_factor` (n,)."""
        check_confidence(confidence)
        rows = self.design.rows(additive)
        mean, std = self.mean_std(additive)
        excess = self.novelty.excess(rows)
        try:
            low, high = self.band.ends(
                mean, std, confidence=confidence, excess=excess, unseen=unseen, assurance=self.assurance
            )
        except NoIntervalError as error:
            raise NoIntervalError(
                f"{error}; measure more networks on {self.device}, or ask for --confidence 0.5"
            ) from None
        return LatencyPrediction(
            p50_ms=mean,
            low_ms=low,
            high_ms=high,
            extrapolated=(excess > 1) | (unseen > 1),
            confidence=confidence,
            origin=self.origin,
        )

    def mean_std(self, additive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in ms, each (n,), of `Design.additive` quantities (n, q).

        The deviation includes what the model answers differently when the table's sums move by their uncertainty.
        """
        mean, std = self.model.predict(self.design.rows(additive))
        moved = self.design.moved(additive)
        return (mean, std) if moved is None else (mean, np.hypot(std, self.model.predict(moved)[0] - mean))

    def closest(self, arch: ArchConfig, *, count: int = 3) -> list[tuple[str, float]]:
        """The measured networks most like `arch`, at the distance that `novelty` takes; closest first."""
        return self.seen.closest(self.design.rows(self.design.additive([arch]))[0], self.novelty, count)

    def operator_ms(self, arch: ArchConfig) -> np.ndarray:
        """What the prediction loses without each operator, but no more than the whole."""
        own = operator_costs(arch)
        if self.design.blocks is not None:
            groups = np.array([self.design.blocks.group(op) for _, op in operators(arch)])
            own = np.concatenate([own, self.design.blocks.columns(own, groups)], axis=1)
        whole = own.sum(axis=0)
        found = self.mean_std(np.concatenate([whole[None], whole - own]))[0]
        lost = np.maximum(found[0] - found[1:], 0)
        return np.asarray(lost * min(1.0, float(found[0] / max(lost.sum(), 1e-12))))

    @property
    def judged(self) -> FitReport:
        """The report, which a predictor lacks only while it is being fitted."""
        assert self.report is not None
        return self.report

    def describe(self) -> str:
        """Origin and held-out error."""
        report = self.judged
        floor = "unknown" if report.noise_floor is None else f"{report.noise_floor:.1%}"
        return (
            f"{self.device}: measured on {report.n_fit} networks ({self.name}), error on "
            f"{report.n_held_out} others {report.errors.mape:.1%} on average, noise floor {floor}"
        )

    def save(self, path: Path) -> None:
        """Write what `load_fitted` reads, as JSON, in one step."""
        write_record(path, self.record())

    def record(self) -> Record:
        """Everything needed to predict again, as JSON values."""
        blocks = self.design.blocks
        return {
            "schema_version": SCHEMA,
            "device": self.device,
            "space": self.space,
            "precision": self.precision,
            "name": self.name,
            "columns": list(self.design.names),
            "model": self.model.record(),
            "blocks": blocks.record() if blocks else None,
            "band": self.band.record(),
            "novelty": self.novelty.record(),
            "seen": self.seen.record(),
            "traits": sorted(self.traits),
            "report": self.judged.to_json(),
            "rows_digest": self.rows_digest,
        }


def load_fitted(path: Path) -> FittedPredictor:
    """Read what `FittedPredictor.save` wrote.

    Raises:
        ValueError: missing or not such a file; names it.
    """
    return read_record(path, "a latency predictor", fitted_from_record)


def fitted_from_record(record: Record) -> FittedPredictor:
    """Read what `FittedPredictor.record` gave.

    Raises:
        ValueError: another version, or arrays that do not fit together.
        KeyError: a field is missing.
    """
    if record["schema_version"] != SCHEMA:
        raise ValueError(ANOTHER_VERSION)
    blocks = BlockLatencies.from_record(record["blocks"]) if record["blocks"] else None
    design = Design(bytes_per_element=BYTES[record["precision"]], blocks=blocks)
    if [column_now(str(name)) for name in record["columns"]] != list(design.names):
        raise ValueError(ANOTHER_VERSION)
    k = len(design.names)
    predictor = FittedPredictor(
        device=str(record["device"]),
        space=str(record["space"]),
        precision=str(record["precision"]),
        name=str(record["name"]),
        model=load_model(record["model"]),
        design=design,
        band=ConformalBand.from_record(record["band"]),
        novelty=Novelty.from_record(record["novelty"]),
        seen=SeenNetworks.from_record(record["seen"], k),
        traits=frozenset(map(str, record.get("traits", BEFORE_TRAITS))),
        report=FitReport.from_json(record["report"]),
        rows_digest=str(record["rows_digest"]),
    )
    if len(predictor.novelty.center) != k:
        raise ValueError(f"novelty has {len(predictor.novelty.center)} columns, expected {k}")
    try:
        predictor.model.predict(np.ones((1, k)))
    except (ValueError, IndexError):
        raise ValueError(f"the model does not take {k} columns") from None
    return predictor
