"""What a search is made of, from what was asked for: the same for the command line and for Python."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from nas.devices import Device, find_device, fitted_path, latency_predictor
from nas.errors import UserError
from nas.rivals import RivalTable, command_for, load_rivals
from nas.search.judge import AccuracyJudge, PriorJudge, SupernetJudge
from nas.search.known import Download, Known, KnownRival
from nas.search.rounds import Measure
from nas.units import parse_count
from nas.weights import weights_command, weights_place
from predictors import FittedPredictor, LatencyPredictor, SpacesPredictor, load_predictor, published_networks
from search_space import SPACES, SearchSpace, named_space

ASSURANCE = 0.9  # chance, over the networks that were measured, that an upper end keeps its confidence
TRIALS_WITH_PRIOR, TRIALS_WITH_SUPERNET = 2000, 400


def targets_of(
    names: Sequence[str], spaces: Sequence[SearchSpace], path: Path | None = None
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
        latency = latency_of(device, spaces, given)
        if latency.device != device.name:
            raise UserError(f"{given} predicts device {latency.device}, not {device.name}")
        found.append((device, latency))
    return found


def latency_of(device: Device, spaces: Sequence[SearchSpace], path: Path | None) -> LatencyPredictor:
    """One predictor for all spaces: of each the one fitted to its networks, where there is one.

    A space of which nothing was measured takes the predictor of another, which marks and widens what it has not seen.
    """
    fitted = [space for space in spaces if path is None and fitted_path(device, space.name).exists()]
    parts = {space.name: latency_predictor(device, space.name, path) for space in fitted or spaces[:1]}
    parts = {
        name: replace(each, assurance=ASSURANCE) if isinstance(each, FittedPredictor) else each
        for name, each in parts.items()
    }
    if len(parts) == 1:
        return next(iter(parts.values()))
    first = next(iter(parts.values()))
    return SpacesPredictor(
        parts=tuple((space, parts.get(space.name, first)) for space in spaces),
    )


def is_measured(device: Device, asked: bool | None) -> bool:
    """Whether networks are measured: by default where the device is here.

    Raises:
        UserError: asked for, and the device is elsewhere.
    """
    if asked and not device.local:
        raise UserError(f"--measure: device {device.name} is not this machine")
    return device.local if asked is None else asked


def spaces_of(text: str | None, supernet: Path | None) -> list[SearchSpace]:
    """The spaces that `text` names, joined by `+`; without it that of the supernet, or all with published members.

    Raises:
        ValueError: an unknown space, or a supernet that cannot be read.
    """
    if text is None and supernet is not None:
        from supernet.weights.checkpoint import read_manifest

        text = str(read_manifest(supernet)["space"])
    names = tuple(SPACES) if text is None else tuple(dict.fromkeys(text.split("+")))
    return [space for space in map(named_space, names) if text is not None or space.members]


def space_names(spaces: Sequence[SearchSpace]) -> str:
    """The names of spaces that are searched together, as one."""
    return "+".join(space.name for space in spaces)


def accuracy_judge(
    spaces: Sequence[SearchSpace], supernet: Path | None, data: str | None
) -> PriorJudge | SupernetJudge:
    """The supernet's judge, or expectations from published models without one.

    Raises:
        UserError: a supernet of another space, or no way to judge a space.
        ValueError: the supernet cannot be read.
    """
    if supernet is not None:
        judge = SupernetJudge(supernet, data)
        if [judge.supernet.space.name] != [space.name for space in spaces]:
            found = judge.supernet.space.name
            raise UserError(f"{supernet} is a supernet of space {found}, not {space_names(spaces)}")
        return judge
    if data is not None:
        raise UserError("--data: without --supernet accuracies are priors, which no data set changes")
    for space in spaces:
        if not space.members:
            raise UserError(
                f"space {space.name} has no published members to expect accuracies from; train a supernet and pass "
                f"it: nas train --space {space.name} --out DIR, then --supernet DIR"
            )
    return PriorJudge()


def known_networks(devices: Sequence[Device], accuracy: AccuracyJudge, *, rivals: bool = True) -> Known:
    """What is known where accuracies are those of ImageNet: published scores, and what was measured on the devices.

    A supernet's judge says what its own data say of a network, with which no published score can be compared.
    Rivals are networks of other libraries that were measured on every one of the devices (`nas rivals`).
    """
    if not isinstance(accuracy, PriorJudge):
        return Known()
    published = {
        each.arch: Download(
            top1=each.top1,
            source=each.source,
            weights=weights_place(each),
            command=weights_command(each),
        )
        for each in published_networks()
    }
    if not rivals:
        return Known(published=published)
    tables = [load_rivals(device.name) for device in devices]
    first = tables[0]
    return Known(
        published=published,
        measured={arch: first.own[arch.arch_id] for arch in published if arch.arch_id in first.own} if first else {},
        rivals=_rivals([table for table in tables if table is not None]) if all(tables) else (),
    )


def _rivals(tables: Sequence[RivalTable]) -> tuple[KnownRival, ...]:
    """The networks that were measured on every device."""
    others = [{each.arch_id: each.latency for each in table.rivals} for table in tables[1:]]
    return tuple(
        KnownRival(
            network=each,
            download=Download(
                top1=each.top1,
                source=each.source,
                weights=f"timm/{each.name}",
                command=command_for(each),
                remark=each.remark,
            ),
            latencies=(each.latency, *(other[each.arch_id] for other in others)),
        )
        for each in tables[0].rivals
        if all(each.arch_id in other for other in others)
    )


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
