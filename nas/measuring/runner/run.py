"""A run over a bundle: header, plan, groups, and what is printed of them."""

from __future__ import annotations

import statistics
import sys
from importlib import import_module
from pathlib import Path
from typing import Callable, Sequence

from nas.measuring.runner.background import Progress
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.clocks import clock_advice
from nas.measuring.runner.errors import ModelError, RunnerError
from nas.measuring.runner.journal import Journal, results_header
from nas.measuring.runner.loop import measure_plan
from nas.measuring.runner.machine import machine_name, probe
from nas.measuring.runner.protocol import MeasuringProtocol, Visit
from nas.measuring.runner.runtimes import RUNTIMES, Runtime, Timeable
from nas.measuring.runner.statistics import clean_runs_ns


def runtime_class(bundle: Bundle, name: str | None) -> type[Runtime]:
    """The runtime of that name, or the one that the bundle was made for."""
    if name:
        return RUNTIMES[name]
    module, _, cls = bundle.manifest["runner"].partition(":")
    return getattr(import_module(module), cls)


class Run:
    """A bundle with the runtime and the protocol that it is measured with.

    `again` gives the command that measures one model again.
    """

    def __init__(
        self, bundle: Bundle, runtime: Runtime, protocol: MeasuringProtocol, again: Callable[[str], str]
    ) -> None:
        self._bundle, self._manifest, self._runtime = bundle, bundle.manifest, runtime
        self._protocol, self._again = protocol, again

    def measure(self, out: Path, only: Sequence[int]) -> None:
        """Measure the groups, or those in `only`, that the results file lacks.

        Raises:
            RunnerError: the file belongs to another plan, or no model of a group can be loaded.
        """
        manifest = self._manifest
        journal, machine = Journal(out, self._header()), probe()
        journal.note_plan(
            {"items": manifest["models"], **{name: manifest[name] for name in ("device", "space", "exporter")}}
        )
        for key, reason in manifest["failed"].items() if 0 in (only or [0]) else ():
            if (0, key) not in journal.failed:
                journal.fail(0, key, reason)
        if len(journal.finished) < len(manifest["groups"]):
            journal.begin_session(machine)
        runtime, models = journal.header["runtime"], len(manifest["models"])
        print(f"{machine_name(machine)}: {runtime}, {models} models, results in {out}")
        for advice in clock_advice(machine):
            print(f"for steadier numbers, first: {advice}")

        def load(key: str) -> Timeable:
            journal.note_model(key, manifest["files"][f"models/{key}.onnx"])
            return self._runtime.load(self._bundle.model(key))

        measure_plan(
            manifest["groups"],
            manifest["anchors"],
            load,
            journal,
            self._protocol,
            Progress(out).step,
            lambda group: self._end_group(group, journal),
            only,
        )
        failures = {model for _, model in journal.failed}
        print(f"done: {out}; {len(failures)} of {models} models failed; bring this file home")

    def _header(self) -> dict[str, object]:
        return results_header(
            bundle=self._bundle.digest,
            plan=self._manifest["plan"],
            anchors=self._manifest["anchors"],
            protocol=self._protocol,
            runtime=f"{self._runtime.name} {self._runtime.version}",
            options=self._runtime.options(),
            precision=self._manifest["precision"],
            batch=self._manifest["batch"],
        )

    def _end_group(self, group: int, journal: Journal) -> None:
        """Print the median of each model with the command that measures it again; drop what no later group needs."""
        self._runtime.keep({key for later in self._manifest["groups"][group + 1 :] for key in later})
        medians_ms: dict[str, list[float]] = {}
        for visit in (visit for visit in journal.visits if visit.group == group):
            medians_ms.setdefault(visit.model, []).append(self._median_ms(visit))
        for model, medians in sorted(medians_ms.items()):
            print(f"{statistics.median(medians):10.4f} ms  {self._again(model)}")
        for (number, model), reason in sorted(journal.failed.items()):
            if number == group:
                print(f"    failed    {self._again(model)}  # {reason}")
        sys.stdout.flush()

    def measure_one(self, model: str) -> None:
        """Print the median of one model by the same protocol, alone.

        Raises:
            RunnerError: the bundle has no such model, or it cannot be measured.
        """
        if model not in self._manifest["models"]:
            raise RunnerError(
                f"unknown model {model!r}; the bundle has {len(self._manifest['models'])}, see manifest.json"
            )
        try:
            loaded = self._runtime.load(self._bundle.model(model))
            count = self._protocol.runs_per_visit(loaded.warm_up(self._protocol))
            visits = [Visit(model, 0, number, *loaded.visit(count)) for number in range(self._protocol.rounds)]
        except ModelError as error:
            raise RunnerError(f"model {model}: {error}") from None
        medians = [self._median_ms(visit) for visit in visits]
        low, high = min(medians), max(medians)
        print(f"{statistics.median(medians):10.4f} ms  {model}, {low:.4f} to {high:.4f} over the rounds")
        if command := self._runtime.command(model):
            print(command)

    def _median_ms(self, visit: Visit) -> float:
        return statistics.median(clean_runs_ns(visit, self._protocol.threads)) / 1e6
