"""How each number was obtained, in words that never call an estimate a measurement."""

from collections.abc import Mapping
from dataclasses import dataclass

from nas.caution import caution
from nas.runs import MEASURED, Run


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A `label` for people, the `kind` that decides how it is drawn, and what it means."""

    kind: str  # measured, published, predicted, calibrated, transferred, analytic, prior, unknown
    label: str
    meaning: str


MEASURED_LATENCY = Origin(
    kind="measured",
    label="measured",
    meaning="median of this very network's runs on the device",
)
LATENCY: Mapping[str, Origin] = {
    MEASURED: MEASURED_LATENCY,
    # the run's files call it `measured` when its predictor was fitted to measurements; the number itself is predicted
    "measured": Origin(
        kind="predicted",
        label="predicted from measured",
        meaning="predicted by a model fitted to other networks measured on this device",
    ),
    "calibrated": Origin(
        kind="calibrated",
        label="calibrated",
        meaning="fitted to published latencies; nothing was measured here",
    ),
    "transferred": Origin(
        kind="transferred",
        label="transferred",
        meaning="carried over from other devices, few networks measured here",
    ),
    "analytic": Origin(
        kind="analytic", label="analytic", meaning="estimated from the device's specifications; nothing was measured"
    ),
}
ACCURACY: Mapping[str, Origin] = {
    "measured": Origin(
        kind="measured",
        label="measured",
        meaning="on held-out images with the supernet's inherited weights",
    ),
    "published": Origin(
        kind="published",
        label="published",
        meaning="found by its authors, or by the library that ships the weights, with these weights",
    ),
    "predicted": Origin(
        kind="predicted", label="predicted", meaning="predicted by a model fitted to evaluations of other networks"
    ),
    "prior": Origin(kind="prior", label="prior", meaning="expected from published results of other networks"),
}


def latency_origin(name: str) -> Origin:
    """What a row's `latency_origin` means; a name that is not known stays as it is."""
    return LATENCY.get(name) or _unknown(name)


def accuracy_origin(name: str) -> Origin:
    """What a row's `accuracy_origin` means."""
    return ACCURACY.get(name) or _unknown(name)


def _unknown(name: str) -> Origin:
    return Origin(kind="unknown", label=name, meaning="this version does not know that origin; trust it accordingly")


@dataclass(frozen=True, kw_only=True)
class Account:
    """One line of the section on how numbers were obtained."""

    number: str
    origin: Origin
    source: str


EXACT = Origin(kind="exact", label="exact", meaning="counted operator by operator from the architecture")
DERIVED = Origin(kind="derived", label="derived", meaning="computed from the numbers above")


def cautions(run: Run) -> list[str]:
    """What to read the latencies of the run's devices with, one sentence for each that are contested."""
    latency = run.settings.latency
    names = run.settings.devices
    own = [each.latency_basis for each in (*run.front, *run.published)]
    found = []
    for name in names:
        is_calibrated = f"{name}: calibrated" in latency or (name == names[0] and "calibrated" in own)
        if is_calibrated and (warning := caution(name, "calibrated")):
            found.append(f"{name}: {' '.join(warning.split())}")
    return found


def accounts(run: Run) -> list[Account]:
    """An account of every kind of number in the run."""
    rows = (*run.front, *run.published)
    accuracy, latency = run.settings.accuracy, run.settings.latency
    found = [Account(number="parameters, MACs", origin=EXACT, source="")]
    for name in dict.fromkeys(each.accuracy_origin for each in rows):
        source = accuracy.removeprefix("accuracy: ")
        found.append(Account(number="accuracy", origin=accuracy_origin(name), source=source))
    for name in dict.fromkeys(each.latency_basis for each in rows):
        found.append(Account(number="latency", origin=latency_origin(name), source=latency))
    if any(each.latency_measured_ms is not None for each in rows):
        found.append(Account(number="latency, measured", origin=MEASURED_LATENCY, source="interleaved in rounds"))
    if run.blocks is not None and run.best is not None:
        origin = latency_origin(run.best.latency_basis)
        found.append(Account(number="latency by block", origin=origin, source="the same predictor, block by block"))
    if run.trials is not None:
        how = "error and upper latency end as the search judged them, so with the origins above"
        found.append(Account(number="hypervolume", origin=DERIVED, source=how))
    return found
