"""A search as one value: the command line's options are its fields, and objects serve where names do."""

import inspect
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import optuna
import pytest
import typer

from nas.cli.app import app
from nas.errors import UserError
from nas.options import option_names, options
from nas.search import SearchConfig, Target, find
from nas.search.judge import Accuracy, AccuracyJudge, PriorJudge
from nas.search.prepare import prepare
from predictors import calibrated_predictor
from search_space import ArchConfig, named_space

ORIN = Target.of("jetson", "10ms")
FIELDS = {field.name: (field, found) for field, found in options(SearchConfig)}
COMMAND = typer.main.get_command(app).commands["search"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_an_option_with_its_default_and_help(name: str) -> None:
    field, found = FIELDS[name]
    (parameter,) = [each for each in COMMAND.params if each.name == name]
    assert parameter.help == found.help
    assert option_names(SearchConfig)[name] in parameter.opts
    assert parameter.default == (list(field.default) if found.type == list[str] else field.default)


def test_every_field_is_an_option_or_known_not_to_be() -> None:
    others = {each.name for each in fields(SearchConfig)} - FIELDS.keys()
    assert others == {"targets", "limits", "population", "batch"}
    assert list(inspect.signature(find).parameters) == ["config", "on_trials"]


@pytest.mark.parametrize(
    ("changes", "message", "typed"),
    [
        ({"confidence": 1.5}, "confidence must lie", "--confidence must lie"),
        ({"rounds": 0}, "rounds must be at least 1, got 0", "--rounds must be at least 1, got 0"),
        ({"limits": {"macs": "5X"}}, "limit macs: '5X' is not a quantity", "--limit macs: '5X'"),
        ({"limits": {"watts": 5}}, "unknown limit 'watts'; known: params, macs", "unknown --limit 'watts'"),
        ({"objectives": ("watts",)}, "unknown objective 'watts'", "unknown --objective 'watts'"),
        ({"fleet": True}, "fleet needs several devices", "--fleet needs several devices"),
        ({"targets": ()}, "a search needs a device with its budget", "a search needs a --device with its --budget"),
    ],
)
def test_errors_name_the_field_and_the_command_line_its_option(
    changes: dict[str, Any], message: str, typed: str
) -> None:
    with pytest.raises(UserError) as refused:
        SearchConfig(**({"targets": (ORIN,)} | changes))
    assert str(refused.value).startswith(message)
    assert refused.value.as_options(option_names(SearchConfig)).startswith(typed)


@pytest.mark.parametrize(
    ("changes", "message", "typed"),
    [
        ({"data": "digits"}, "data needs accuracy: without a supernet", "--data needs --supernet: without"),
        ({"evaluations": 3}, "evaluations needs accuracy", "--evaluations needs --supernet"),
        ({"measure": True}, "measure: device jetson-agx-orin is not this machine", "--measure: device"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], message: str, typed: str) -> None:
    with pytest.raises(UserError) as refused:
        prepare(SearchConfig(targets=(ORIN,), space="efficientvit", rivals=False, **changes))
    assert str(refused.value).startswith(message)
    assert refused.value.as_options(option_names(SearchConfig)).startswith(typed)


def test_objects_serve_where_names_do(tmp_path: Path) -> None:
    """And find the same, in the same files."""
    common: dict[str, Any] = {"targets": (ORIN,), "trials": 40, "rivals": False}
    named = find(SearchConfig(**common, space="efficientvit", out=str(tmp_path / "named")))
    given = find(
        SearchConfig(
            **common,
            space=named_space("efficientvit"),
            accuracy=PriorJudge(),
            latency=calibrated_predictor("jetson-agx-orin"),
            out=tmp_path / "given",
        )
    )
    assert len(named) == len(given) > 1
    for name in ("front.csv", "front.json", "config.json", "hypervolume.csv"):
        assert (tmp_path / "named" / name).read_bytes() == (tmp_path / "given" / name).read_bytes()


class Flat:
    """A judge of somebody's own: multiply-adds do not matter, resolution does."""

    cheap = True

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        values = [arch.resolution[0] / 10 for arch in archs]
        return [Accuracy(value=each, low=each, high=each, origin="measured") for each in values]

    def describe(self) -> str:
        return "by resolution alone"


def test_a_sampler_and_a_judge_of_one_s_own(tmp_path: Path) -> None:
    judge: AccuracyJudge = Flat()
    sampler = optuna.samplers.RandomSampler(seed=1)
    config = SearchConfig(
        targets=(ORIN,), space="efficientvit", accuracy=judge, sampler=sampler, trials=30, out=tmp_path
    )
    front = find(config)
    assert front.result.best.accuracy.value == front.best().arch.resolution[0] / 10
    prepared = prepare(config)
    assert prepared.record["algorithm"] == "RandomSampler"
    assert prepared.record["accuracy"] == "by resolution alone"


def test_a_predictor_of_another_device_is_refused() -> None:
    config = SearchConfig(targets=(ORIN,), latency=calibrated_predictor("jetson-nano"))
    with pytest.raises(UserError, match="latency predicts device jetson-nano, not jetson-agx-orin"):
        prepare(config)


def test_a_device_twice_is_refused() -> None:
    with pytest.raises(UserError, match="every device needs to be another one"):
        SearchConfig(targets=(Target(device="cpu", budget_ms=1), Target(device="cpu", budget_ms=2)))
