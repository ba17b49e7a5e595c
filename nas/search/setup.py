"""What a search is made of, from what was asked for: the same for the command line and for Python."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from nas.deploy.weights import weights_command, weights_place
from nas.devices import Device, find_device, fitted_path, latency_predictor
from nas.errors import UserError
from nas.rivals import RivalTable, command_for, load_rivals
from nas.search.judge import AccuracyJudge, PriorJudge, SupernetJudge
from nas.search.known import Download, Known, KnownRival
from nas.search.rounds import Measure
from nas.search.targets import PreparedTarget, Target
from predictors import FittedPredictor, LatencyPredictor, SpacesPredictor, load_predictor, published_networks
from search_space import SPACES, SearchSpace, named_space

ASSURANCE = 0.9  # chance, over the networks that were measured, that an upper end keeps its confidence
TRIALS_WITH_PRIOR, TRIALS_WITH_SUPERNET = 2000, 400


Latency = str | Path | LatencyPredictor | Sequence[LatencyPredictor] | None


def prepared_targets(
    targets: Sequence[Target], spaces: Sequence[SearchSpace], latency: Latency = None
) -> tuple[PreparedTarget, ...]:
    """The targets with their predictors; a predictor in a file, or predictors, are for the devices that they name.

    Upper ends keep budgets for networks that are picked, not drawn.

    Raises:
        UserError: an unknown device, one without a predictor, or a predictor of another device.
        ValueError: a predictor cannot be read.
    """
    given, name = _given(latency)
    devices = [find_device(each.device) for each in targets]
    names = [device.name for device in devices]
    for each in given:
        if each.device not in names:
            raise UserError(f"{name} predicts device {each.device}, not {' or '.join(names)}")
    own = {each.device: each for each in given}
    return tuple(
        PreparedTarget(
            device=device,
            latency=latency_of(device, spaces, own.get(device.name)),
            budget_ms=each.budget_ms,
        )
        for device, each in zip(devices, targets, strict=True)
    )


def _given(latency: Latency) -> tuple[list[LatencyPredictor], str]:
    """The predictors that were given, and what they are called."""
    if latency is None:
        return [], ""
    if isinstance(latency, str | Path):
        return [load_predictor(Path(latency))], str(latency)
    return [*latency] if isinstance(latency, Sequence) else [latency], "latency"


def latency_of(
    device: Device, spaces: Sequence[SearchSpace], given: LatencyPredictor | None = None
) -> LatencyPredictor:
    """One predictor for all spaces: the given one, or of each space the one fitted to its networks.

    A space of which nothing was measured takes the predictor of another, which marks and widens what it has not seen.
    """
    if given is not None:
        return _assured(given)
    fitted = [space for space in spaces if fitted_path(device, space.name).exists()]
    parts = {space.name: _assured(latency_predictor(device, space.name)) for space in fitted or spaces[:1]}
    first = next(iter(parts.values()))
    if len(parts) == 1:
        return first
    return SpacesPredictor(
        parts=tuple((space, parts.get(space.name, first)) for space in spaces),
    )


def _assured(latency: LatencyPredictor) -> LatencyPredictor:
    return replace(latency, assurance=ASSURANCE) if isinstance(latency, FittedPredictor) else latency


def is_measured(device: Device, asked: bool | None) -> bool:
    """Whether networks are measured: by default where the device is here.

    Raises:
        UserError: asked for, and the device is elsewhere.
    """
    if asked and not device.local:
        raise UserError(f"measure: device {device.name} is not this machine", fields=("measure",))
    return device.local if asked is None else asked


def spaces_of(asked: str | SearchSpace | None, supernet: Path | None = None) -> list[SearchSpace]:
    """The space itself, or those named, joined by `+`; without any the supernet's, or all with published members.

    Raises:
        ValueError: an unknown space, or a supernet that cannot be read.
    """
    if isinstance(asked, SearchSpace):
        return [asked]
    if asked is None and supernet is not None:
        from supernet.weights.checkpoint import read_manifest

        asked = str(read_manifest(supernet)["space"])
    names = tuple(SPACES) if asked is None else tuple(dict.fromkeys(asked.split("+")))
    return [space for space in map(named_space, names) if asked is not None or space.members]


def space_names(spaces: Sequence[SearchSpace]) -> str:
    """The names of spaces that are searched together, as one."""
    return "+".join(space.name for space in spaces)


def accuracy_judge(
    spaces: Sequence[SearchSpace], asked: str | Path | AccuracyJudge | None, data: str | None = None
) -> AccuracyJudge:
    """The judge itself, that of the supernet in a folder, or expectations from published models.

    Raises:
        UserError: a supernet of another space, or no way to judge a space.
        ValueError: the supernet cannot be read.
    """
    if data is not None and not isinstance(asked, str | Path):
        raise UserError(
            "data needs accuracy: without a supernet accuracies are priors, which no data set changes",
            fields=("data", "accuracy"),
        )
    if isinstance(asked, str | Path):
        judge = SupernetJudge(Path(asked), data)
        if [judge.supernet.space.name] != [space.name for space in spaces]:
            found = judge.supernet.space.name
            raise UserError(f"{asked} is a supernet of space {found}, not {space_names(spaces)}")
        return judge
    if asked is not None:
        return asked
    for space in spaces:
        if not space.of_imagenet:
            raise UserError(
                f"space {space.name} is not of colour images and the 1000 classes of ImageNet, of which accuracies "
                f"can be expected; train a supernet and pass it: nas train --space {space.name} --out DIR, then "
                "--supernet DIR"
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


def trials_of(trials: int | None, evaluations: int | None, accuracy: AccuracyJudge) -> int:
    """How many networks to try; `evaluations` are new ones, 0 for none.

    Raises:
        UserError: evaluations where accuracies are predicted.
    """
    if evaluations is not None and accuracy.cheap:
        raise UserError(
            "evaluations needs accuracy: a supernet, whose sub-networks are evaluated",
            fields=("evaluations", "accuracy"),
        )
    if evaluations is not None:
        return evaluations
    return trials if trials is not None else TRIALS_WITH_PRIOR if accuracy.cheap else TRIALS_WITH_SUPERNET


def measurer(
    device: Device, folder: Path, on_step: Callable[[int, int], None] = lambda _done, _total: None
) -> Measure:
    """Measures networks on this machine; what is measured stays in the run's `folder`."""
    from nas.collecting.places.here import measure_networks
    from nas.measuring.runner.protocol import MeasuringProtocol

    return lambda archs: measure_networks(
        archs, device=device, folder=folder / "measured", protocol=MeasuringProtocol(), on_step=on_step
    )
