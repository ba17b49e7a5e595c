"""What a search is made of, from what was asked for: the same for the command line and for Python."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from nas.devices import Device, find_device, latency_predictor
from nas.errors import UserError
from nas.search.judge import PriorJudge, SupernetJudge
from nas.search.rounds import Measure
from nas.units import parse_count
from predictors import FittedPredictor, LatencyPredictor, load_predictor
from search_space import SearchSpace

ASSURANCE = 0.9  # chance, over the networks that were measured, that an upper end keeps its confidence
TRIALS_WITH_PRIOR, TRIALS_WITH_SUPERNET = 2000, 400


def targets_of(
    names: Sequence[str], space: SearchSpace, path: Path | None = None
) -> list[tuple[Device, LatencyPredictor]]:
    """The devices with their predictors; a predictor in `path` is for one of them.

    Upper ends keep budgets for networks that are picked, not drawn.

    Raises:
        UserError: an unknown device, one without a predictor, or a predictor of another device.
        ValueError: a predictor cannot be read.
    """
    found = []
    for name in names:
        device, given = find_device(name), path
        if given is not None and len(names) > 1 and load_predictor(given).device != device.name:
            given = None
        latency = latency_predictor(device, space.name, given)
        if latency.device != device.name:
            raise UserError(f"{given} predicts device {latency.device}, not {device.name}")
        if isinstance(latency, FittedPredictor):
            latency = replace(latency, assurance=ASSURANCE)
        found.append((device, latency))
    return found


def is_measured(device: Device, asked: bool | None) -> bool:
    """Whether networks are measured: by default where the device is here.

    Raises:
        UserError: asked for, and the device is elsewhere.
    """
    if asked and not device.local:
        raise UserError(f"--measure: device {device.name} is not this machine")
    return device.local if asked is None else asked


def accuracy_judge(space: SearchSpace, supernet: Path | None, data: str | None) -> PriorJudge | SupernetJudge:
    """The supernet's judge, or expectations from published models without one.

    Raises:
        UserError: a supernet of another space, or no way to judge this space.
        ValueError: the supernet cannot be read.
    """
    if supernet is not None:
        judge = SupernetJudge(supernet, data)
        if judge.supernet.space.name != space.name:
            raise UserError(f"{supernet} is a supernet of space {judge.supernet.space.name}, not {space.name}")
        return judge
    if data is not None:
        raise UserError("--data: without --supernet accuracies are priors, which no data set changes")
    if not space.members:
        raise UserError(
            f"space {space.name} has no published members to expect accuracies from; train a supernet and pass it: "
            f"nas train --space {space.name} --out DIR, then --supernet DIR"
        )
    return PriorJudge()


def trials_of(trials: int | None, evaluations: int | None, supernet: Path | None) -> int:
    """How many networks to try; `evaluations` are new ones, 0 for none.

    Raises:
        UserError: evaluations without a supernet.
    """
    if evaluations is not None and supernet is None:
        raise UserError("--evaluations needs --supernet: the sub-networks to evaluate")
    if evaluations is not None:
        return evaluations
    return trials if trials is not None else TRIALS_WITH_PRIOR if supernet is None else TRIALS_WITH_SUPERNET


def measurer(
    device: Device, folder: Path, on_step: Callable[[int, int], None] = lambda _done, _total: None
) -> Measure:
    """Measures networks on this machine; what is measured stays in the run's `folder`."""
    from nas.bundle.runner import MeasuringProtocol
    from nas.collect import measure_networks

    return lambda archs: measure_networks(
        archs, device=device, folder=folder / "measured", protocol=MeasuringProtocol(), on_step=on_step
    )


def count_of(option: str, text: str | None) -> int | None:
    """A limit such as `5M`, None without one."""
    return None if text is None else max(1, round(parse_count(option, text)))
