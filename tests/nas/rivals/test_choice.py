"""Which models of timm are measured, and in which order."""

import pytest

from nas.errors import UserError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals.catalogue import ZooModel
from nas.rivals.choice import MOST_GMACS, WELL_KNOWN, by_promise, chosen, eligible, matching
from nas.rivals.plan import within

PROTOCOL = MeasuringProtocol()
ASKED = {"models": 5, "pattern": None, "pretraining": "in1k", "passes": 1, "seconds": None, "build_s": 1.0}


def model(tag: str, *, side: int = 224, top1: float = 70.0, cost: float = 1.0, pretraining: str = "in1k") -> ZooModel:
    return ZooModel(
        tag=tag,
        side=side,
        top1=top1,
        parameters_m=cost,
        gmacs=cost,
        cpu_ms=None,
        pretraining=pretraining,
        distilled=False,
    )


@pytest.mark.parametrize(
    "tag",
    [
        "mobilenetv4_conv_medium.e250_r384_in12k_ft_in1k",
        "hgnetv2_b0.ssld_stage2_ft_in1k",
        "beitv2_base_patch16_224.in1k_ft_in1k",
        "resnet50.fb_swsl_ig1b_ft_in1k",
    ],
)
def test_what_saw_more_than_imagenet_counts_only_when_asked_for(tag: str) -> None:
    architecture = tag.partition(".")[0]
    with_more = {found.tag for found in eligible("any")}
    assert tag not in {found.tag for found in eligible("in1k")}
    assert any(name.startswith(f"{architecture}.") for name in with_more)
    assert all(found.pretraining == "in1k" for found in eligible("in1k"))


def test_the_best_recipe_of_an_architecture_and_size_is_taken() -> None:
    models = [model("a.x", top1=70), model("a.y", top1=71), model("a.y", side=256, top1=72)]
    models.append(model("a.more", top1=80, pretraining="beyond in1k (in12k)"))
    assert [(found.tag, found.side) for found in eligible("in1k", models)] == [("a.y", 224), ("a.y", 256)]
    assert [(found.tag, found.side) for found in eligible("any", models)] == [("a.more", 224), ("a.y", 256)]


def test_every_well_known_network_comes_first_and_nothing_huge_comes() -> None:
    chosen = by_promise(eligible("in1k"))
    assert {found.architecture for found in chosen[: len(WELL_KNOWN)]} == set(WELL_KNOWN)
    assert max(found.gmacs for found in chosen) <= MOST_GMACS
    assert len(chosen) == len({(found.tag, found.side) for found in chosen})


def test_those_on_the_front_come_before_those_below_it() -> None:
    models = [
        model("below.x", top1=70, cost=1.5),
        model("front.x", top1=75, cost=1.4),
        model("far.x", top1=60, cost=1.6),
    ]
    assert [found.tag for found in by_promise(models)] == ["front.x", "below.x", "far.x"]


def test_patterns_and_errors() -> None:
    found = matching("mobilenetv4_conv_small*", eligible("in1k"))
    assert {each.family for each in found} == {"mobilenetv4"}
    with pytest.raises(UserError, match=r"--match 'nothing\*' fits no model"):
        matching("nothing*", eligible("in1k"))
    with pytest.raises(UserError, match=r"unknown --pretraining 'all'; known: in1k, any"):
        eligible("all")


def test_the_most_promising_or_all_of_a_pattern() -> None:
    models = eligible("in1k")
    assert chosen([], PROTOCOL, **ASKED) == (by_promise(models)[:5], [])  # type: ignore[arg-type]
    found, _ = chosen([], PROTOCOL, **ASKED | {"pattern": "levit*"})  # type: ignore[arg-type]
    assert found == matching("levit*", models)
    assert len(found) > 5 or {model.architecture.split("_")[0] for model in found} == {"levit"}


def test_a_time_takes_the_first_that_fit() -> None:
    first = by_promise(eligible("in1k"))[:5]
    found, own = chosen([], PROTOCOL, **ASKED | {"seconds": 120.0})  # type: ignore[arg-type]
    assert (found, own) == within(first, [], PROTOCOL, passes=1, seconds=120.0, build_s=1.0)
    assert found == first[: len(found)]
    with pytest.raises(UserError, match="is too short"):
        chosen([], PROTOCOL, **ASKED | {"seconds": 0.01})  # type: ignore[arg-type]
