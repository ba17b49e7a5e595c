"""Which models of timm could matter: the well-known small ones, and those near the front of published figures."""

import bisect
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from nas.errors import UserError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals.catalogue import ZooModel, catalogue
from nas.rivals.plan import within
from search_space import ArchConfig

PRETRAININGS = ("in1k", "any")
# What engineers of edge devices compare with first, each at its published size closest to 224.
WELL_KNOWN = (
    *("convnext_atto", "edgenext_xx_small", "efficientformer_l1", "efficientformerv2_s0", "efficientformerv2_s1"),
    *("efficientnet_b0", "efficientnet_lite0", "fasternet_t0", "fasternet_t1", "fasternet_t2", "fastvit_t8"),
    *(
        "ghostnet_100",
        "ghostnetv3_100",
        "lcnet_050",
        "lcnet_100",
        "levit_128s",
        "levit_128",
        "levit_192",
        "levit_256",
    ),
    *("mobilenetv2_100", "mobilenetv3_small_100", "mobilenetv3_large_100", "mobilenetv4_conv_small"),
    *("mobilenetv4_conv_medium", "mobileone_s0", "mobileone_s1", "mobilevit_xxs", "repvit_m0_9", "repvit_m1_1"),
    *("resnet18", "resnet50", "shvit_s1", "shvit_s2", "shvit_s3", "shvit_s4", "starnet_s1", "swiftformer_xs"),
    *("tiny_vit_5m_224", "tinynet_a", "tinynet_e"),
)
MOST_GMACS = 21.0  # about those of mit-l2 at 384 px: what is chosen competes with our own; larger ones by pattern
PER_FAMILY = 6  # of those that are not well known
SIDES = 2  # of one architecture


def chosen(
    own: list[ArchConfig],
    protocol: MeasuringProtocol,
    *,
    models: int,
    pattern: str | None,
    pretraining: str,
    passes: int,
    seconds: float | None,
    build_s: float,
) -> tuple[list[ZooModel], list[ArchConfig]]:
    """The models of timm to measure and those of our own networks; with `seconds`, as many as fit into them.

    With a `pattern` all models of that name, otherwise the `models` most promising ones.

    Raises:
        UserError: no model fits the pattern, or none into the time.
    """
    found = eligible(pretraining)
    zoo = matching(pattern, found) if pattern else by_promise(found)[:models]
    if seconds is None:
        return zoo, own
    return within(zoo, own, protocol, passes=passes, seconds=seconds, build_s=build_s)


def eligible(pretraining: str, models: Iterable[ZooModel] | None = None) -> list[ZooModel]:
    """The most accurate tag of each architecture and size; with `in1k` of those trained on ImageNet-1k alone.

    Raises:
        UserError: another word than `in1k` or `any`.
    """
    if pretraining not in PRETRAININGS:
        raise UserError(f"unknown --pretraining {pretraining!r}; known: {', '.join(PRETRAININGS)}")
    best: dict[tuple[str, int], ZooModel] = {}
    for model in catalogue().values() if models is None else models:
        if pretraining == "any" or model.pretraining == "in1k":
            place = model.architecture, model.side
            best[place] = max(model, best.get(place, model), key=lambda found: (found.top1, found.tag))
    return sorted(best.values(), key=_place)


def matching(pattern: str, models: Sequence[ZooModel]) -> list[ZooModel]:
    """The models whose tag or architecture fits a pattern such as `mobilenetv4*`, by their multiply-adds.

    Raises:
        UserError: none does.
    """
    found = [model for model in models if fnmatchcase(model.tag, pattern) or fnmatchcase(model.architecture, pattern)]
    if not found:
        raise UserError(f"--match {pattern!r} fits no model of timm with published accuracy; try 'mobilenetv4*'")
    return found


def by_promise(models: Sequence[ZooModel]) -> list[ZooModel]:
    """The models in the order in which they are worth measuring.

    First the well-known ones, then the others of at most `MOST_GMACS`, one of each octave of multiply-adds after
    another; those first that lie least below the front of top-1 over parameters, multiply-adds or timm's CPU time,
    whichever suits them best.
    """
    able = [model for model in models if not model.architecture.startswith("test_") and model.gmacs <= MOST_GMACS]
    gaps = _gaps(able)
    order = sorted(able, key=lambda model: (gaps[model.tag, model.side], _place(model)))
    usual = {model.architecture: model.side for model in sorted(able, key=lambda model: -abs(model.side - 224))}
    known = [model for model in order if model.architecture in WELL_KNOWN and usual[model.architecture] == model.side]
    families, sides = Counter[str](), Counter(model.architecture for model in known)
    others = list[ZooModel]()
    for model in order:
        if model not in known and families[model.family] < PER_FAMILY and sides[model.architecture] < SIDES:
            families[model.family] += 1
            sides[model.architecture] += 1
            others.append(model)
    return [*known, *_interleaved(others)]


def _interleaved(models: Sequence[ZooModel]) -> list[ZooModel]:
    """The models with the octaves of their multiply-adds taking turns, each octave in the given order."""
    turns, seen = list[tuple[int, ZooModel]](), Counter[int]()
    for model in models:
        octave = math.floor(math.log2(model.gmacs))
        turns.append((seen[octave], model))
        seen[octave] += 1
    return [model for _, model in sorted(turns, key=lambda turn: turn[0])]


def _place(model: ZooModel) -> tuple[float, str, int]:
    return model.gmacs, model.tag, model.side


def _gaps(models: Sequence[ZooModel]) -> dict[tuple[str, int], float]:
    """Points of top-1 below the front, the smallest over the three costs, by tag and side."""
    gaps: dict[tuple[str, int], float] = {}
    costs: tuple[Callable[[ZooModel], float | None], ...] = (
        lambda model: model.parameters_m,
        lambda model: model.gmacs,
        lambda model: model.cpu_ms,
    )
    for cost in costs:
        priced = sorted((value, model.top1) for model in models if (value := cost(model)) is not None)
        best, values = list[float](), [value for value, _ in priced]
        for _, top1 in priced:
            best.append(max(top1, best[-1] if best else top1))
        for model in models:
            if (value := cost(model)) is not None:
                gap = best[bisect.bisect_right(values, value) - 1] - model.top1
                place = model.tag, model.side
                gaps[place] = min(gap, gaps.get(place, gap))
    return gaps
