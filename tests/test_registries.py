"""Every registry, entry by entry: a new entry is tested here as soon as it is registered, without a word changed.

What an entry has to be beyond this is tested beside its package: spaces in `search_space/test_space.py`, backends in
`nas/test_backends.py`, recipes in `supernet/strategies/test_protocol.py`, data sets in
`supernet/data/test_registry.py`, tasks in `supernet/tasks/test_protocol.py`, exporters in `nas/test_export.py`, parts
at length by `nas doctor` in `supernet/doctor/test_doctor.py`.
"""

import inspect
import math
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import optuna
import pytest
import torch
import typer

from nas.cli.app import app
from nas.cli.registered import filled
from nas.collecting.imported import READERS
from nas.deploy import EXPORTERS
from nas.devices import Device, built_in_devices
from nas.errors import UserError
from nas.measuring.backends import BACKENDS
from nas.report.origins import LATENCY
from nas.search.algorithms import SHORT, check_sampler, optuna_sampler
from nas.search.config import PARETO
from nas.search.engines import CREWS, LOCAL, EngineConfig, opened
from nas.search.goals import Goals
from nas.search.judge import PriorJudge
from nas.search.objectives import OBJECTIVES, limits_of
from nas.search.results import ORIGINS
from nas.words import attention_words, value_words
from predictors import CALIBRATED_DEVICES, LatencyPredictor, analytic_predictors, calibrated_predictor, load_predictor
from predictors.models import MODELS, NonNegativeRidge, Regressor, candidates, load_model
from predictors.prediction import Origin
from search_space import (
    ATTENTION,
    BLOCKS,
    DOWNSAMPLES,
    HEADS,
    PUBLISHED,
    SPACES,
    ArchConfig,
    OperatorSpec,
    SearchSpace,
    arch_cost_vector,
    arch_from_dict,
    named_space,
    operator_from_json,
    operators,
    published,
)
from search_space.arch import ACTIVATIONS
from search_space.level import FlatLevel
from supernet import TrainConfig, build_operator, load_dataset
from supernet.attention import ATTENTION as ATTENTION_MODULES
from supernet.data import DATASETS
from supernet.doctor import CHECKS, find_space
from supernet.layers import ACTIVATIONS as ACTIVATION_FUNCTIONS
from supernet.layers import initialise
from supernet.strategies import RECIPES
from supernet.tasks import DISTILLATIONS, TASKS

PARTS = sorted({*ATTENTION, *HEADS, *BLOCKS, *DOWNSAMPLES})
NONSENSE = "nonsense"


# Documented


DOCUMENTED: dict[str, object] = {
    **{f"attention {name}": each for name, each in ATTENTION.items()},
    **{f"attention module {name}": each for name, each in ATTENTION_MODULES.items()},
    **{f"head {name}": each for name, each in HEADS.items()},
    **{f"recipe {name}": each.strategy for name, each in RECIPES.items()},
    **{f"data set {name}": each for name, each in DATASETS.items()},
    **{f"task {name}": type(each) for name, each in TASKS.items()},
    **{f"distillation {name}": each for name, each in DISTILLATIONS.items()},
    **{f"backend {name}": each for name, each in BACKENDS.items()},
    **{f"exporter {name}": each for name, each in EXPORTERS.items()},
    **{f"engine {name}": each for name, each in CREWS.items()},
    **{f"import of {name}": each for name, each in READERS.items()},
    **{f"model {name}": getattr(each, "__self__", each) for name, each in MODELS.items()},
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_entry_says_what_it_is(name: str) -> None:
    """In a docstring of its own: `__doc__` of a dataclass without one would be its signature."""
    entry = DOCUMENTED[name]
    written = entry.__doc__ or ""
    assert len(written.split()) >= 3, f"{entry} has no docstring that says something: {written!r}"
    assert not written.startswith(f"{getattr(entry, '__name__', '')}("), f"{entry} has no docstring"


@pytest.mark.parametrize("name", SPACES)
def test_a_space_says_what_it_spans(name: str) -> None:
    assert len(SPACES[name].spans.split()) >= 3


# Named where users choose


def unknown_attention() -> object:
    level = {"stride": 2, "width": 8, "depth": 1, "block": "evit", "attention": {"type": NONSENSE}}
    return arch_from_dict({"levels": [level], "head": None})


REFUSALS: dict[str, tuple[Callable[[], object], Collection[str]]] = {
    "space": (lambda: named_space(NONSENSE), SPACES),
    "published model": (lambda: published(NONSENSE), PUBLISHED),
    "attention": (unknown_attention, ATTENTION),
    "head": (lambda: arch_from_dict({"levels": [], "head": {"type": NONSENSE}}), HEADS),
    "block": (lambda: FlatLevel(stride=2, width=8, depth=1, block=NONSENSE).level(), BLOCKS),
    "downsample": (lambda: FlatLevel(stride=2, width=8, downsample=NONSENSE).level(), DOWNSAMPLES),
    "part": (lambda: find_space(NONSENSE), PARTS),
    "data set": (lambda: load_dataset(NONSENSE), DATASETS),
    "recipe": (lambda: TrainConfig(recipe=NONSENSE), RECIPES),
    "runtime": (lambda: Device(name="board", runtime=NONSENSE), BACKENDS),
    "engine": (lambda: EngineConfig(name=NONSENSE), (LOCAL, *CREWS)),
    "algorithm": (lambda: check_sampler(NONSENSE), (PARETO, *SHORT)),
    "objective": (lambda: Goals(budgets_ms=(1.0,), minimised=(NONSENSE,)), OBJECTIVES),
    "model": (lambda: load_model({"kind": NONSENSE}), MODELS),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_an_unknown_name_is_answered_with_every_known_one(what: str) -> None:
    ask, known = REFUSALS[what]
    with pytest.raises((ValueError, UserError), match=NONSENSE) as refused:
        ask()
    listed = re.findall(r"[\w.-]+", str(refused.value).partition("known")[2])
    assert not set(known) - set(listed)


HELP: dict[str, Collection[str]] = {
    "search --algorithm": (PARETO, *SHORT),
    "search --engine": (LOCAL, *CREWS),
    "search --objective": OBJECTIVES,
    "search --limit": OBJECTIVES,
    "train --data": DATASETS,
    "train --recipe": RECIPES,
    "train --space": SPACES,
    "export --format": EXPORTERS,
}


@pytest.mark.parametrize("option", HELP)
def test_the_help_names_every_entry(option: str) -> None:
    """That of the option, or where it has no room the command's."""
    command_name, _, flag = option.partition(" ")
    command = typer.main.get_command(app).commands[command_name]  # type: ignore[attr-defined]
    (parameter,) = [each for each in command.params if flag in each.opts]
    words = re.findall(r"[\w-]+", filled(f"{parameter.help} {command.help}"))
    assert not set(HELP[option]) - set(words)


# Parts: attention, heads, blocks, downsamples, activations


def name_of(op: OperatorSpec) -> set[str]:
    """The parts that an operator has."""
    parts = [op.kind.removesuffix("_downsample"), op.attention and op.attention.type, op.head and op.head.type]
    return {part for part in parts if part}


def member_with(part: str) -> tuple[ArchConfig, OperatorSpec]:
    """A member of the space around a part, and its operator that has the part."""
    space, rng = find_space(part), np.random.default_rng(0)
    for _ in range(200):
        arch = space.sample(rng)
        for _, op in operators(arch):
            as_downsample = op.kind.endswith("_downsample")
            if part in name_of(op) and (part not in DOWNSAMPLES or part in BLOCKS or as_downsample):
                return arch, op
    raise AssertionError(f"no member of the space around {part} has it")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_built_as_it_is_priced_and_comes_back_from_json(part: str) -> None:
    arch, op = member_with(part)
    assert arch == ArchConfig.from_json(arch.to_json())
    assert operator_from_json(op.key_json) == op
    module = initialise(build_operator(op)).eval()
    assert sum(each.numel() for each in module.parameters()) == op.cost.parameters > 0
    assert op.cost.macs > 0
    with torch.no_grad():
        answer = module(*(torch.ones(2, *shape) for shape in op.inputs))
    expected = op.output[:1] if op.head is not None and not op.head.strides else op.output
    assert tuple(answer.shape) == (2, *expected)
    assert answer.isfinite().all()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_words(part: str) -> None:
    arch, _ = member_with(part)
    for level in arch.levels:
        said = [
            attention_words(level),
            *(value_words("block", block.type) for block in level.blocks),
            *(block.describe() for block in level.blocks),
            value_words("downsample", level.downsample),
        ]
        assert all(said)
        if level.attention is not None:
            assert attention_words(level) != "none"
    assert arch.head is None or len(arch.head.describe().split()) >= 2


@cache
def parts_in_use() -> set[str]:
    """Of the published models and of the spaces."""
    archs = [published(name) for name in PUBLISHED]
    for name in SPACES:
        archs += named_space(name).covering_archs()
    return {part for arch in archs for _, op in operators(arch) for part in name_of(op)}


@pytest.mark.parametrize("part", PARTS)
def test_a_published_model_or_a_space_has_the_part(part: str) -> None:
    """What no network that anybody can ask for has, nobody can search."""
    assert part in parts_in_use()


@pytest.mark.parametrize("name", {**ATTENTION, **HEADS})
def test_a_typed_part_is_a_frozen_value_that_knows_its_name(name: str) -> None:
    cls: type[Any] = {**ATTENTION, **HEADS}[name]
    assert cls.type == name
    assert is_dataclass(cls)
    assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert fields(cls)
    assert callable(cls.cost)


def test_both_halves_of_a_part_are_registered() -> None:
    assert ATTENTION_MODULES.keys() == ATTENTION.keys()
    assert ACTIVATION_FUNCTIONS.keys() - {"none"} == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_keeps_shapes_and_is_not_linear(name: str) -> None:
    x = torch.linspace(-4, 4, 33, dtype=torch.float64).reshape(3, 11)
    found = ACTIVATION_FUNCTIONS[name](x)
    assert found.shape == x.shape
    assert not torch.allclose(found, -ACTIVATION_FUNCTIONS[name](-x))


# Search


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_is_the_same_for_one_network_and_for_many_at_once(name: str) -> None:
    objective, space = OBJECTIVES[name], named_space("digits")
    assert objective.name == name
    assert len(objective.words.split()) >= 1
    assert not objective.unit or objective.column.endswith(f"_{objective.unit.lower()}")
    rng = np.random.default_rng(0)
    archs = [space.smallest(), *(space.sample(rng) for _ in range(5)), space.largest()]
    values = np.array([objective.of(arch) for arch in archs])
    assert (values > 0).all()
    assert values[0] < values[-1]
    goals = Goals(budgets_ms=(1.0,), limits={name: float(values[1])}, minimised=(name,))
    found = goals.values(np.array([arch_cost_vector(arch) for arch in archs]), archs)
    assert found[name] == pytest.approx(values)
    assert goals.costs_of(archs)[:, 0] == pytest.approx(values)
    excess = goals.excess(np.ones((len(archs), 1)), found)[f"max-{name}"]
    assert excess == pytest.approx(values / values[1] - 1, abs=1e-12)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_limit_is_read_as_it_is_shown_and_nonsense_is_refused(name: str) -> None:
    objective = OBJECTIVES[name]
    value = objective.of(named_space("digits").largest())
    shown = objective.shown(value)
    assert objective.parse(shown) == pytest.approx(value, rel=0.01)
    assert limits_of([f"{name}={shown}"]) == {name: objective.parse(shown)}
    for text in ("", "-1", NONSENSE, f"{shown} {NONSENSE}"):
        with pytest.raises(UserError, match=f"limit {name}: .* is not a"):
            limits_of([f"{name}={text}"])


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("name", SHORT)
def test_a_sampler_draws_what_its_seed_says(name: str) -> None:
    check_sampler(name)
    first, again, other = (drawn(name, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def drawn(name: str, seed: int) -> list[dict[str, Any]]:
    """Genes of a few trials."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna_sampler(name, seed, 4)
    assert isinstance(sampler, optuna.samplers.BaseSampler)
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    genes = {f"gene {index}": optuna.distributions.IntDistribution(0, 9) for index in range(4)}
    for _ in range(4):
        trial = study.ask(genes)
        study.tell(trial, [sum(trial.params.values()), -trial.params["gene 0"]])
    return [trial.params for trial in study.trials]


@pytest.mark.parametrize("name", CREWS)
def test_an_engine_is_configured_by_name_and_refuses_what_is_not_worth_sharing(
    name: str, tiny_space: SearchSpace, tmp_path: Path
) -> None:
    assert list(inspect.signature(CREWS[name]).parameters) == ["name", "engine", "accuracy", "space", "folder"]
    engine = EngineConfig(name=name, workers=2)
    assert engine.crew_size == 2
    with (
        pytest.raises(UserError, match=f"engine {name} needs accuracy"),
        opened(engine, PriorJudge(), space=tiny_space, folder=tmp_path),
    ):
        pass
    assert not list(tmp_path.iterdir())


# Measuring and deploying


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_belongs_to_a_runtime_that_devices_may_have(name: str) -> None:
    for precision in BACKENDS[name].precisions:
        assert Device(name="board", runtime=name, precision=precision).runtime == name


@pytest.mark.parametrize("name", built_in_devices())
def test_a_device_is_described(name: str) -> None:
    assert len(built_in_devices()[name].description.split()) >= 2


@pytest.mark.parametrize("ending", READERS)
def test_a_reader_of_foreign_tables_refuses_what_is_none(ending: str) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        READERS[ending]("[")


# Predictors


def stored_predictors() -> Iterator[Path]:
    """Fitted and transferred ones, as the first version wrote them."""
    return (Path(__file__).parent / "data" / "version-0.1.0" / "predictors").glob("*.json")


PREDICTORS: dict[str, Callable[[], LatencyPredictor]] = {
    **{f"calibrated {name}": lambda name=name: calibrated_predictor(name) for name in CALIBRATED_DEVICES},
    **{f"analytic {name}": lambda name=name: analytic_predictors()[name] for name in analytic_predictors()},
    **{f"stored {path.stem}": lambda path=path: load_predictor(path) for path in sorted(stored_predictors())},
}


@pytest.mark.parametrize("name", PREDICTORS)
def test_a_predictor_answers_with_ordered_intervals_operators_and_words(name: str) -> None:
    predictor = PREDICTORS[name]()
    space = named_space("digits" if name.startswith("stored") else "efficientvit")
    archs = [space.smallest(), space.sample(np.random.default_rng(0)), space.largest()]
    found = predictor.predict(archs, confidence=0.5)
    assert found.p50_ms.shape == found.low_ms.shape == found.high_ms.shape == found.extrapolated.shape == (3,)
    assert (found.p50_ms > 0).all()
    assert found.p50_ms[0] < found.p50_ms[2]
    assert found.origin == predictor.origin
    if not name.startswith("stored"):  # those rest on a handful of networks
        wide = predictor.predict(archs, confidence=0.9)
        assert (wide.low_ms <= wide.p50_ms).all()
        assert (wide.p50_ms <= wide.high_ms).all()
        assert (wide.low_ms < wide.high_ms).all()
    parts = predictor.operator_ms(archs[1])
    assert parts.shape == (len(operators(archs[1])),)
    assert (parts >= 0).all()
    assert predictor.device in predictor.describe()
    assert all(latency > 0 for _, latency in predictor.closest(archs[1]))


def test_every_origin_of_a_latency_has_a_predictor_and_words() -> None:
    origins = set(get_args(Origin))
    assert {PREDICTORS[name]().origin for name in PREDICTORS} == origins
    assert origins <= ORIGINS.keys()
    assert origins <= LATENCY.keys()


TRUTH = np.array([2.0, 0.5, 1.5, 0.0])
DESIGN = np.concatenate([np.ones((50, 1)), np.random.default_rng(0).uniform(0, 10, (50, 3))], axis=1)
REGRESSORS: dict[str, Regressor] = candidates(  # as of a table with rows enough for all of them
    1000, macs_columns=(1, 2), prior=TRUTH / 2, source=NonNegativeRidge().fit(DESIGN, DESIGN @ TRUTH)
)


@pytest.mark.parametrize("name", REGRESSORS)
def test_a_regressor_that_may_be_chosen_beats_the_mean_and_is_saved(name: str) -> None:
    truth = DESIGN @ TRUTH
    model = REGRESSORS[name].fit(DESIGN[:40], truth[:40])
    mean, std = model.predict(DESIGN[40:])
    assert mean.shape == std.shape == (10,)
    assert (mean > 0).all()
    assert np.abs(mean / truth[40:] - 1).mean() < np.abs(truth[:40].mean() / truth[40:] - 1).mean()
    record = model.record()
    assert record["kind"] in MODELS
    again = load_model(record).predict(DESIGN[40:])
    assert np.allclose(again[0], mean, rtol=1e-12)
    assert all(map(math.isfinite, std))


def test_every_saved_kind_of_model_is_one_that_may_be_chosen() -> None:
    truth = DESIGN @ TRUTH
    made = {each.fit(DESIGN, truth).record()["kind"] for each in REGRESSORS.values()}
    assert made == MODELS.keys()


# Doctor


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_says_what_holds_where_it_passes(check: Any) -> None:
    assert len(check.sentence.split()) >= 4
    assert [each.name for each in CHECKS].count(check.name) == 1
