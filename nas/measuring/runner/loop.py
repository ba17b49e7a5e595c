"""The measuring loop: interleaved rounds over groups of loaded models."""

from __future__ import annotations

import random
from typing import Any, Callable, Mapping, Sequence

from nas.measuring.runner.errors import ModelError, RunnerError
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.machine import machine_state
from nas.measuring.runner.protocol import MeasuringProtocol, Visit
from nas.measuring.runner.reference import note_reference
from nas.measuring.runner.statistics import noisy_models


def measure_plan(
    groups: Sequence[Sequence[str]],
    anchors: Sequence[str],
    load: Callable[[str], Any],
    journal: Journal,
    protocol: MeasuringProtocol,
    on_step: Callable[[int, int], None],
    on_group: Callable[[int], None] = lambda _group: None,
    only: Sequence[int] = (),
) -> None:
    """Load and measure the groups, or those in `only`, that the journal lacks; a step is a load or a visit.

    A model that cannot be loaded or run is noted as failed and the others go on.

    Raises:
        RunnerError: no model of a group can be loaded; gives the first reason.
    """
    per_model = protocol.rounds + 1
    total, done = sum(len(group) for group in groups) * per_model, 0

    def step() -> None:
        nonlocal done
        done += 1
        on_step(min(done, total), total)

    for number, group in enumerate(groups):
        before = done
        if number not in journal.finished and (not only or number in only):
            done += sum(visit.group == number and visit.round < protocol.rounds for visit in journal.visits)
            models, failures = {}, {}
            for key in (key for key in group if (number, key) not in journal.failed):
                try:
                    models[key] = load(key)
                except ModelError as error:
                    failures[key] = str(error)
                step()
            if failures and not models:
                raise RunnerError(f"no model of group {number} can be loaded: {next(iter(failures.values()))}")
            for key, reason in failures.items():
                journal.fail(number, key, reason)
            measure_group(number, models, anchors, journal, protocol, step)
            journal.finish_group(number)
            models.clear()
            on_group(number)
        done = before + len(group) * per_model
        on_step(done, total)


def measure_group(
    group: int,
    models: Mapping[str, Any],
    anchors: Sequence[str],
    journal: Journal,
    protocol: MeasuringProtocol,
    on_visit: Callable[[], None],
) -> None:
    """Measure the models of one group; visits that the journal already holds are not repeated.

    `models` maps the key to a `Timed` or the like; `anchors` are among them.
    """
    typical_ms: dict[str, float] = {}
    for key, model in models.items():
        try:
            typical_ms[key] = model.warm_up(protocol)
        except ModelError as error:
            journal.fail(group, key, str(error))
    done = {(visit.model, visit.round) for visit in journal.visits if visit.group == group}
    for number in range(protocol.rounds):
        _round(group, number, models, typical_ms, done, journal, protocol, on_visit)
    planned = [v for v in journal.visits if v.group == group and v.round < protocol.rounds and v.model in typical_ms]
    noisy = noisy_models(planned, protocol.threads) if planned else set()
    again = {key: ms for key, ms in typical_ms.items() if key in noisy or (noisy and key in anchors)}
    for number in range(protocol.rounds, protocol.rounds + protocol.extra_rounds):
        _round(group, number, models, again, done, journal, protocol, lambda: None)


def _round(
    group: int,
    number: int,
    models: Mapping[str, Any],
    typical_ms: dict[str, float],
    done: set[tuple[str, int]],
    journal: Journal,
    protocol: MeasuringProtocol,
    on_visit: Callable[[], None],
) -> None:
    order = sorted(key for key in typical_ms if (key, number) not in done)
    random.Random(f"{protocol.seed}/{group}/{number}").shuffle(order)  # noqa: S311
    if not order:
        return
    journal.note_state(group, number, machine_state())
    note_reference(journal, group, number)
    for place, key in enumerate(order, start=1):
        if place == len(order) // 2:
            note_reference(journal, group, number)
        try:
            runs = models[key].visit(protocol.runs_per_visit(typical_ms[key]))
        except ModelError as error:
            journal.fail(group, key, str(error))
            del typical_ms[key]
            continue
        journal.add(Visit(key, group, number, *runs))
        on_visit()
    note_reference(journal, group, number)
