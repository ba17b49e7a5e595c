#!/usr/bin/env python3
"""Measures the models of a bundle on this machine: `python3 runner.py`, `python3 runner.py --help`.

One file for Python 3.8 or newer, with the standard library and either onnxruntime or TensorRT's trtexec; it reads
nothing of the toolkit that made the bundle. The toolkit measures its own machine with the functions of this file too,
so that one protocol holds everywhere: interleaved rounds over groups of loaded models (Google Benchmark's random
interleaving), preempted runs recognised by their context switches, anchors measured in every group, and every visit
on disk before the next begins. The same command goes on after a power cut.
"""

from __future__ import annotations

import argparse
import array
import functools
import gc
import hashlib
import json
import math
import os
import platform
import random
import re
import shlex
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, NamedTuple, Sequence

RESULTS_SCHEMA = "visits/1"
BUNDLE_SCHEMA = "bundle/1"
NOISY_CV = 0.05  # spread of round medians above which a model is measured again, then flagged
MIN_CLEAN_RUNS = 3
MIN_MODELS_FOR_DRIFT = 3  # with fewer, a round's effect would absorb the very noise that is to be reported
POOL = 65521  # a prime, so that repeating the pool repeats no rows of a matrix
SMALLEST_NORMAL_HALF = 2.0**-14
MAX_UNPACKED_BYTES = 2 << 30


class RunnerError(ValueError):
    """What ends the run with one line: a broken bundle, a changed results file, a missing runtime."""


class ModelError(ValueError):
    """One model cannot be loaded or run; the others can."""


# --- protocol and its arithmetic -------------------------------------------------------------------------------


@dataclass(frozen=True)  # keyword-only fields need Python 3.10
class MeasuringProtocol:
    """How long and how often; times in ms. Two rounds at least: the noise floor comes from odd and even rounds."""

    rounds: int = 8
    extra_rounds: int = 4  # once more for models whose rounds disagree
    visit_ms: float = 12.0
    min_runs: int = 3
    max_runs: int = 40
    warm_up_ms: float = 50.0
    max_warm_up_ms: float = 2000.0
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low in (("rounds", 2), ("extra_rounds", 0), ("min_runs", 1), ("threads", 1), ("seed", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be at least {low}, got {getattr(self, name)!r}")
        if self.max_runs < self.min_runs:
            raise ValueError(f"max_runs must be at least min_runs ({self.min_runs}), got {self.max_runs!r}")
        for name in ("visit_ms", "warm_up_ms", "max_warm_up_ms"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be positive and finite, got {getattr(self, name)!r}")

    def runs_per_visit(self, typical_ms: float) -> int:
        """Timed runs in one visit of a model that takes about `typical_ms`."""
        return min(max(round(self.visit_ms / typical_ms), self.min_runs), self.max_runs)


class Visit(NamedTuple):
    """The timed runs of one model in one round, one number per run."""

    model: str
    group: int
    round: int
    wall_ns: Sequence[int]
    cpu_ns: Sequence[int]
    switches: Sequence[int]  # involuntary context switches during the run


def clean_runs_ns(visit: Visit, threads: int) -> list[int]:
    """Wall times of the runs without an involuntary context switch.

    With fewer than three of those: thread CPU times when single-threaded, else all wall times.
    """
    clean = [wall for wall, switches in zip(visit.wall_ns, visit.switches) if not switches]
    if len(clean) >= MIN_CLEAN_RUNS:
        return clean
    return list(visit.cpu_ns if threads == 1 else visit.wall_ns)


def median_polish(
    cells: Mapping[tuple[str, int], float], sweeps: int = 10
) -> tuple[dict[str, float], dict[int, float]]:
    """Row and column effects of a table given as {(row, column): value}, cells may be missing (Tukey, 1977).

    value = row effect + column effect + residual; column effects have median 0.
    """
    rows = {row: 0.0 for row, _ in sorted(cells)}
    columns = dict.fromkeys(sorted({column for _, column in cells}), 0.0)
    by_row = {name: [(c, value) for (r, c), value in cells.items() if r == name] for name in rows}
    by_column = {name: [(r, value) for (r, c), value in cells.items() if c == name] for name in columns}
    for _ in range(sweeps):
        rows = {name: statistics.median(value - columns[c] for c, value in found) for name, found in by_row.items()}
        columns = {name: statistics.median(v - rows[r] for r, v in found) for name, found in by_column.items()}
        middle = statistics.median(columns.values())
        columns = {name: effect - middle for name, effect in columns.items()}
    rows = {name: statistics.median(value - columns[c] for c, value in found) for name, found in by_row.items()}
    return rows, columns


def round_drift(cells: Mapping[tuple[str, int], float]) -> dict[int, float]:
    """Log effect of each round from {(model, round): log of the median}; 0 for a round that too few models share."""
    models: dict[int, int] = {}
    for _, number in cells:
        models[number] = models.get(number, 0) + 1
    shared = {cell: value for cell, value in cells.items() if models[cell[1]] >= MIN_MODELS_FOR_DRIFT}
    effects = median_polish(shared)[1] if shared else {}
    return {number: effects.get(number, 0.0) for number in models}


def noisy_models(visits: Sequence[Visit], threads: int) -> set[str]:
    """Models of one group whose rounds disagree by more than `NOISY_CV` after the drift is removed."""
    cells = {(v.model, v.round): math.log(statistics.median(clean_runs_ns(v, threads))) for v in visits}
    drift = round_drift(cells)
    logs: dict[str, list[float]] = {}
    for (model, number), value in cells.items():
        logs.setdefault(model, []).append(value - drift[number])
    return {model for model, values in logs.items() if statistics.pstdev(values) > NOISY_CV}


# --- results on disk -------------------------------------------------------------------------------------------


def sealed(record: Mapping[str, Any], previous: str) -> tuple[str, str]:
    """The line of a record and its digest, which covers the record and the digest of the line before."""
    body = json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
    digest = hashlib.sha256(f"{previous}{body}".encode()).hexdigest()[:16]
    return f'{body[:-1]}{"," if record else ""}"~":"{digest}"}}\n', digest


class Journal:
    """An append-only file of visits behind a header that says what is measured.

    Each line is synced before the next begins; a torn last line is cut off on reopening. Every line carries a digest
    of itself and of what precedes it, so that a line that was changed, added or taken out is found and named.

    Raises:
        RunnerError: the file belongs to another plan, or a line in it is broken or was changed; names the line.
    """

    def __init__(self, path: Path, header: Mapping[str, Any] | None, *, repair: bool = True) -> None:
        """Open or continue a journal; without a `header` any is accepted, without `repair` nothing is written."""
        self.path, self.header = Path(path), dict(header or {})
        self.visits: list[Visit] = []
        self.finished: set[int] = set()
        self.failed: dict[tuple[int, str], str] = {}
        self.sessions: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.references: list[tuple[int, int, int]] = []  # group, round, nanoseconds
        self.plan: dict[str, Any] = {}
        self.digests: dict[str, str] = {}
        self.visit_sessions: list[int] = []
        self.visit_lines: list[int] = []
        self.session_lines: list[int] = []
        self._digest, self._lines = "", 0
        if self.path.exists():
            self._read(header, repair)
        if repair and not self._digest:
            self._append(self.header)

    def add(self, visit: Visit) -> None:
        """Keep a visit."""
        record = {
            **visit._asdict(),
            **{name: list(getattr(visit, name)) for name in ("wall_ns", "cpu_ns", "switches")},
        }
        self._append(record)
        self._keep(visit, self._lines)

    def _keep(self, visit: Visit, line: int) -> None:
        self.visits.append(visit)
        self.visit_lines.append(line)
        self.visit_sessions.append(len(self.sessions) - 1)

    def finish_group(self, group: int) -> None:
        """Note that all visits of a group are there."""
        self._append({"finished": group})
        self.finished.add(group)

    def fail(self, group: int, model: str, reason: str) -> None:
        """Note that a model cannot be measured in a group."""
        self._append({"failed": model, "group": group, "reason": reason})
        self.failed[group, model] = reason

    def note_model(self, model: str, digest: str) -> None:
        """Note the SHA-256 of the graph that is measured under the name `model`."""
        if self.digests.get(model) != digest:
            self._append({"graph": model, "sha256": digest})
            self.digests[model] = digest

    def begin_session(self, machine: Mapping[str, Any]) -> None:
        """Note when and on which machine what follows is measured."""
        session = {"machine": dict(machine), "started": _now()}
        self._append({"session": session})
        self.sessions.append(session)
        self.session_lines.append(self._lines)

    def note_state(self, group: int, number: int, state: Mapping[str, Any]) -> None:
        """Note the time, clocks, temperatures and throttling before a round."""
        record = {"state": dict(state), "at": _now(), "group": group, "round": number}
        self._append(record)
        self.states.append(record)

    def note_reference(self, group: int, number: int, reference_ns: int) -> None:
        """Note how long the reference operation took at some moment of a round."""
        self._append({"reference": reference_ns, "group": group, "round": number})
        self.references.append((group, number, reference_ns))

    def note_plan(self, plan: Mapping[str, Any]) -> None:
        """Note what is measured under each name and for what, so that the file says it all by itself; once."""
        if not self.plan:
            self._append({"plan": dict(plan)})
            self.plan = dict(plan)

    def take_over(self, other: Journal) -> None:
        """Append what another journal of the same plan holds, line by line."""
        for line in other.path.read_text(encoding="utf-8").splitlines()[1:]:
            record = json.loads(line)
            del record["~"]
            if "plan" not in record:
                self._append(record)
                self._take(record, self._lines)

    def _append(self, record: Mapping[str, Any]) -> None:
        line, digest = sealed(record, self._digest)
        before = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            if self.path.exists():
                os.truncate(self.path, before)  # a full disk leaves half a line
            raise
        self._digest, self._lines = digest, self._lines + 1

    def _read(self, header: Mapping[str, Any] | None, repair: bool) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if repair and whole != content:
            os.truncate(self.path, len(whole))
        for number, line in enumerate(whole.decode("utf-8", errors="replace").splitlines(), start=1):
            try:
                record = json.loads(line)
                record.pop("~", "")
                expected, digest = sealed(record, self._digest)
            except (ValueError, AttributeError):
                raise RunnerError(f"{self.path} line {number} is broken; cut the file before it") from None
            if f"{line}\n" != expected:
                what = f" (model {record['model']}, round {record.get('round')})" if "model" in record else ""
                raise RunnerError(
                    f"{self.path} line {number}{what} was changed after it was measured, or a line before it was"
                )
            self._digest, self._lines = digest, number
            if number == 1:
                self._check_header(record, header)
                continue
            try:
                self._take(record, number)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise RunnerError(f"{self.path} line {number} is broken: {error}") from None

    def _check_header(self, found: dict[str, Any], header: Mapping[str, Any] | None) -> None:
        expected = found if header is None else json.loads(json.dumps(dict(header)))
        if found != expected:
            names = sorted(key for key in {*found, *expected} if found.get(key) != expected.get(key))
            raise RunnerError(f"{self.path} belongs to another plan (differs in {', '.join(names)}); write elsewhere")
        self.header = found

    def _take(self, record: dict[str, Any], line: int) -> None:
        if "finished" in record:
            self.finished.add(int(record["finished"]))
        elif "failed" in record:
            self.failed[int(record["group"]), str(record["failed"])] = str(record["reason"])
        elif "session" in record:
            self.sessions.append({"machine": dict(record["session"]["machine"]), **record["session"]})
            self.session_lines.append(line)
        elif "state" in record:
            self.states.append(record)
        elif "graph" in record:
            self.digests[str(record["graph"])] = str(record["sha256"])
        elif "reference" in record:
            self.references.append((int(record["group"]), int(record["round"]), int(record["reference"])))
        elif "plan" in record:
            self.plan = dict(record["plan"])
        else:
            self._keep(_visit(record), line)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())


def _visit(record: Mapping[str, Any]) -> Visit:
    """The visit of a line: whole numbers, positive times, one of each per run."""
    visit = Visit(**record)
    runs = [visit.wall_ns, visit.cpu_ns, visit.switches]
    if not all(isinstance(values, list) and all(type(value) is int for value in values) for values in runs):
        raise ValueError("times must be lists of whole nanoseconds")
    if not visit.wall_ns or len({len(values) for values in runs}) != 1:
        raise ValueError("wall_ns, cpu_ns and switches must have one number per run")
    if min(visit.wall_ns) <= 0 or min(visit.cpu_ns) <= 0 or min(visit.switches) < 0:
        raise ValueError("times must be above 0")
    if type(visit.model) is not str or type(visit.group) is not int or type(visit.round) is not int:
        raise ValueError("model, group and round must be a name and two whole numbers")
    return visit


# --- the measuring loop ----------------------------------------------------------------------------------------


class Timed:
    """A model that this process runs itself: a call that executes it once."""

    def __init__(self, run: Callable[[], object]) -> None:
        self._run = run

    def warm_up(self, protocol: MeasuringProtocol) -> float:
        """Run until three medians in a row agree within 2 %; the last median in ms."""
        start, medians = time.perf_counter(), []
        while True:
            times = []
            for _ in range(3):
                before = time.perf_counter()
                self._call()
                times.append((time.perf_counter() - before) * 1e3)
            medians.append(statistics.median(times))
            elapsed_ms = (time.perf_counter() - start) * 1e3
            recent = medians[-3:]
            settled = len(recent) == 3 and max(recent) <= 1.02 * min(recent)
            if (settled and elapsed_ms >= protocol.warm_up_ms) or elapsed_ms >= protocol.max_warm_up_ms:
                return medians[-1]

    def visit(self, count: int) -> tuple[list[int], list[int], list[int]]:
        """One discarded run, then `count` timed ones: wall ns, CPU ns, involuntary context switches."""
        self._call()
        run, found = self._run, []
        collecting = gc.isenabled()
        gc.disable()
        try:
            for _ in range(count):
                switches, cpu, wall = _switches(), time.thread_time_ns(), time.perf_counter_ns()
                run()
                wall = time.perf_counter_ns() - wall
                found.append((max(1, wall), max(1, time.thread_time_ns() - cpu), _switches() - switches))
        except Exception as error:  # the runtimes' errors share no base class
            raise ModelError(f"cannot run: {_one_line(error)}") from error
        finally:
            if collecting:
                gc.enable()
        wall_ns, cpu_ns, during = zip(*found)
        return list(wall_ns), list(cpu_ns), list(during)

    def _call(self) -> None:
        try:
            self._run()
        except Exception as error:
            raise ModelError(f"cannot run: {_one_line(error)}") from error


def _switches() -> int:
    """Involuntary context switches of this process so far; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


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


REFERENCE = "64x64 float32 matrix product, 20 times, median of 9"


def note_reference(journal: Journal, group: int, number: int) -> None:
    """Time the reference operation, a sensor of how fast the machine is at this moment; where numpy is."""
    call = _reference_call()
    if call is None:
        return
    times = []
    for _ in range(9):
        before = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - before)
    journal.note_reference(group, number, int(statistics.median(times)))


@functools.lru_cache(maxsize=None)
def _reference_call() -> Callable[[], None] | None:
    try:
        import numpy as np
    except ImportError:
        return None
    matrix = np.random.default_rng(0).standard_normal((64, 64)).astype("float32")  # too small for threads
    product = np.empty_like(matrix)

    def call() -> None:
        for _ in range(20):
            np.matmul(matrix, matrix, product)

    return call


# --- weights from a seed ---------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=2)
def _pool(seed: int) -> list[float]:
    """Nearly normal numbers of variance 1: sums of 12 uniform ones, the same bits on every machine."""
    draw = random.Random(seed).random  # noqa: S311
    return [sum(draw() for _ in range(12)) - 6.0 for _ in range(POOL)]


@functools.lru_cache(maxsize=64)
def _scaled_pool(seed: int, std: float, dtype: str) -> bytes:
    values = [std * value for value in _pool(seed)]
    if dtype == "float32":
        return array.array("f", values).tobytes()
    if dtype == "bfloat16":  # the upper half of a float32
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    values = [math.copysign(max(abs(value), SMALLEST_NORMAL_HALF), value) for value in values]
    return struct.pack(f"<{len(values)}e", *values)


def write_weights(tensors: Sequence[Mapping[str, Any]], path: Path, seed: int) -> None:
    """Write the values of the tensors of one model at their offsets, the same for the same seed.

    Each has `dtype` (float32, float16 or bfloat16), `shape`, `offset` and `fill`: `zero`, `one`, or `normal` with its
    `std`.
    """
    with Path(path).open("wb") as file:
        for index, tensor in enumerate(tensors):
            size = {"float32": 4, "float16": 2, "bfloat16": 2}[tensor["dtype"]]
            length = size * functools.reduce(lambda a, b: a * b, tensor["shape"], 1)
            if tensor["fill"] == "normal":
                unit = _scaled_pool(seed, tensor["std"], tensor["dtype"])
                start = size * (7919 * index % POOL)  # equal shapes get different values
            else:
                unit, start = _constant({"zero": 0.0, "one": 1.0}[tensor["fill"]], tensor["dtype"]) * 1024, 0
            file.seek(tensor["offset"])
            view, position = unit[start:] + unit[:start], 0
            while position < length:
                position += file.write(view[: length - position])


def _constant(value: float, dtype: str) -> bytes:
    return struct.pack("<e", value) if dtype == "float16" else struct.pack("<f", value)[2 * (dtype == "bfloat16") :]


# --- runtimes --------------------------------------------------------------------------------------------------


class OnnxRuntime:
    """ONNX Runtime on the CPU: explicit threads, no spinning, all graph optimisations."""

    name = "onnxruntime"

    def __init__(self, work: Path, threads: int, seed: int) -> None:
        """Files go to `work`.

        Raises:
            RunnerError: onnxruntime cannot be imported.
        """
        self.work, self.threads, self.seed = work, threads, seed
        try:
            import onnxruntime
        except ImportError as error:  # also raised by a broken shared library
            raise RunnerError(f"onnxruntime cannot be imported ({error}); pip install onnxruntime") from None
        self.version = str(onnxruntime.__version__)

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return {
            "provider": "CPUExecutionProvider",
            "graph_optimization_level": "ORT_ENABLE_ALL",
            "execution_mode": "ORT_SEQUENTIAL",
            "inter_op_num_threads": 1,
            "allow_spinning": 0,
        }

    def load(self, model: Path, weights: Path) -> Timed:
        """The model with weights from the seed.

        Raises:
            ModelError: it does not load.
        """
        place_model(model, weights, self.work, self.seed)
        data = (self.work / model.name).with_suffix(".data")
        try:
            return Timed(onnxruntime_call(self.work / model.name, self.threads, self.seed))
        finally:  # loaded: a mapped file lives on without its name
            _unlink(data)
            _unlink(self.work / model.name)

    def command(self, _model: Path) -> str:
        """None of its own: the runner is the program that uses this library."""
        return ""


def onnxruntime_call(path: Path, threads: int, seed: int) -> Callable[[], object]:
    """A call that runs an ONNX file once on preallocated standard-normal inputs.

    Raises:
        ModelError: the file does not load, or an input has a free dimension or an unsupported type.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors share no base class
        raise ModelError(f"{path}: ONNX Runtime cannot load it: {_one_line(error)}") from error
    feed = onnxruntime_inputs(session, path, seed)
    run = session.run
    return lambda: run(None, feed)


def onnxruntime_inputs(session: Any, path: Path, seed: int) -> dict[str, Any]:
    """Standard-normal values: ordinary magnitudes, so that no run is slowed by denormal numbers.

    Raises:
        ModelError: an input has a free dimension or an unsupported type.
    """
    import numpy as np

    dtypes = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64"}
    rng, feed = np.random.default_rng(seed), {}
    for item in session.get_inputs():
        if any(not isinstance(side, int) for side in item.shape):
            raise ModelError(
                f"{path}: input {item.name!r} has free dimensions {item.shape}; export it with fixed shapes"
            )
        if item.type not in dtypes:
            raise ModelError(f"{path}: input {item.name!r} is {item.type}; known: {', '.join(sorted(dtypes))}")
        feed[item.name] = rng.standard_normal(item.shape).astype(dtypes[item.type])
    return feed


def place_model(model: Path, weights: Path, work: Path, seed: int) -> None:
    """Put a model and the file of its weights, made from the seed, side by side in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    record = json.loads(weights.read_text(encoding="utf-8"))
    available = _memory_mib("MemAvailable")
    if available and 2 * record["bytes"] > available << 20:  # the file and the runtime's own layout of it
        raise ModelError(f"needs about {record['bytes'] >> 19} MiB of memory, {available} MiB are available")
    write_weights(record["tensors"], work / record["file"], seed)
    shutil.copyfile(str(model), str(work / model.name))


class Trtexec:
    """TensorRT through its own benchmark program; transfers are timed, CUDA graphs and spinning are off."""

    name = "tensorrt"

    def __init__(self, work: Path, threads: int, seed: int, program: str = "") -> None:
        """Files go to `work`; the threads do not matter to a GPU.

        Raises:
            RunnerError: trtexec is not there or does not say its version.
        """
        self.work, self.threads, self.seed = work, threads, seed
        self.program = program or shutil.which("trtexec") or "/usr/src/tensorrt/bin/trtexec"
        try:
            said = _output([self.program, "--help"], timeout=60)
        except OSError as error:
            raise RunnerError(f"trtexec is not on PATH ({self.program}: {error.strerror}); give --trtexec") from None
        self.version = trtexec_version(said)
        if int(self.version.split(".")[0]) < 10:
            raise RunnerError(f"TensorRT 10 or newer is needed for strongly typed networks; this is {self.version}")

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return {"tool": "trtexec", "typing": "strong", "transfers": True, "spin_wait": False, "cuda_graph": False}

    def load(self, model: Path, weights: Path) -> TimedEngine:
        """The engine built for the model with weights from the seed; an engine from before is used again.

        Raises:
            ModelError: it cannot be built; gives trtexec's first error.
        """
        engine = self.work / f"{model.stem}.engine"
        if not engine.exists():
            place_model(model, weights, self.work, self.seed)
            temporary = engine.with_suffix(".building")
            self.call(trtexec_build(self.program, self.version, self.work / model.name, temporary, self.work))
            temporary.replace(engine)
            _unlink((self.work / model.name).with_suffix(".data"))
        return TimedEngine(self, engine)

    def command(self, model: Path) -> str:
        """The command line that times the engine of a model."""
        engine = self.work / f"{model.stem}.engine"
        return _shown(trtexec_run(self.program, self.version, engine, engine.with_suffix(".json"), 200.0, 10))

    def call(self, command: Sequence[str]) -> None:
        """Run trtexec.

        Raises:
            ModelError: it fails; gives its first error line.
        """
        done = subprocess.run(  # noqa: S603 - an argument list
            list(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            text = done.stdout.decode("utf-8", errors="replace")
            errors = [line for line in text.splitlines() if "[E]" in line] or text.splitlines()[-1:] or ["no output"]
            raise ModelError(f"trtexec ended with {done.returncode}: {errors[0].strip()}")


class TimedEngine:
    """An engine that trtexec times in a process of its own."""

    def __init__(self, runtime: Trtexec, engine: Path) -> None:
        self._runtime, self._engine = runtime, engine

    def warm_up(self, protocol: MeasuringProtocol) -> float:
        """Median latency in ms of a first visit."""
        return statistics.median(self._times(max(protocol.warm_up_ms, 200.0), 10))

    def visit(self, count: int) -> tuple[list[int], list[int], list[int]]:
        """`count` runs after a warm-up: latency in ns twice over (there is no CPU time), and no switches."""
        wall_ns = [max(1, round(ms * 1e6)) for ms in self._times(200.0, count)]
        return wall_ns, list(wall_ns), [0] * len(wall_ns)

    def _times(self, warm_up_ms: float, count: int) -> list[float]:
        runtime, times = self._runtime, self._engine.with_suffix(".json")
        _unlink(times)
        runtime.call(trtexec_run(runtime.program, runtime.version, self._engine, times, warm_up_ms, count))
        try:
            return trtexec_latencies_ms(times.read_text(encoding="utf-8"))[:count]
        except (OSError, ValueError) as error:
            raise ModelError(f"trtexec's --exportTimes file: {error}") from None


def trtexec_version(text: str) -> str:
    """`10.3.0` from the banner `TensorRT.trtexec [TensorRT v100300]`; four digits mean one for the major version.

    Raises:
        RunnerError: there is no banner.
    """
    found = re.search(r"\[TensorRT v(\d{4,6})\]", text)
    if not found:
        raise RunnerError("trtexec --help shows no version")
    number = int(found.group(1))
    major, minor = divmod(number // 100, 100 if number >= 10000 else 10)
    return f"{major}.{minor}.{number % 100}"


def trtexec_build(program: str, version: str, model: Path, engine: Path, work: Path) -> list[str]:
    """The command line that builds an engine, types as in the model (always so from version 11 on)."""
    typing = [] if int(version.split(".")[0]) >= 11 else ["--stronglyTyped"]
    return [
        program,
        f"--onnx={model}",
        f"--saveEngine={engine}",
        f"--timingCacheFile={work / 'timing.cache'}",
        *typing,
        "--noTF32",
        "--skipInference",
    ]


def trtexec_run(program: str, version: str, engine: Path, times: Path, warm_up_ms: float, count: int) -> list[str]:
    """The command line that times an engine; the defaults of version 10 are asked for by name from 11 on."""
    explicit = ["--includeDataTransfers", "--noSpinWait", "--noCudaGraph"] if int(version.split(".")[0]) >= 11 else []
    return [
        program,
        f"--loadEngine={engine}",
        f"--warmUp={warm_up_ms:.0f}",
        "--duration=0",
        f"--iterations={count}",
        f"--exportTimes={times}",
        *explicit,
    ]


def trtexec_latencies_ms(text: str) -> list[float]:
    """Latency of each run, transfers included, from the JSON that trtexec's --exportTimes writes.

    Raises:
        ValueError: it is not a list of runs with positive, finite `latencyMs`; says which run.
    """
    runs = json.loads(text)
    if not isinstance(runs, list) or not runs:
        raise ValueError("no runs in it")
    found = []
    for index, run in enumerate(runs):
        value = run.get("latencyMs") if isinstance(run, dict) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise ValueError(f"run {index} has latencyMs {value!r}")
        found.append(float(value))
    return found


RUNTIMES = {"onnxruntime": OnnxRuntime, "trtexec": Trtexec}


# --- the machine -----------------------------------------------------------------------------------------------


def probe() -> dict[str, Any]:
    """Processor, board, memory, operating system, clocks and temperatures, as plain JSON values."""
    flags = (_cpu_field("flags") or _cpu_field("Features")).split()
    board = _read("/proc/device-tree/model") or _read("/sys/devices/virtual/dmi/id/product_name")
    return {
        "machine_id": _machine_id(),
        "board": board.replace("\0", ""),
        "cpu_model": _cpu_field("model name") or platform.processor() or platform.machine(),
        "cpu_flags": sorted(set(flags) & _INTERESTING_FLAGS),
        "machine": platform.machine(),
        "cores": os.cpu_count() or 1,
        "affinity": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
        "memory_mib": _memory_mib("MemTotal"),
        "memory_available_mib": _memory_mib("MemAvailable"),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "power_mode": _said(["nvpmodel", "-q"]),
        "tegra_release": _read("/etc/nv_tegra_release").split("\n")[0],
        "tegrastats": _first_line(["tegrastats", "--interval", "100"]),
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "hypervisor": "hypervisor" in flags,
        "container": any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")),
        "os": platform.platform(),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        **machine_state(),
    }


def machine_state() -> dict[str, Any]:
    """What may change while measuring: temperatures, clocks in MHz, throttling."""
    return {
        "temperatures_c": _numbers("/sys/class/thermal/thermal_zone*/temp", 1e-3),
        "cpu_mhz": _numbers("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq", 1e-3),
        "device_mhz": _numbers("/sys/class/devfreq/*/cur_freq", 1e-6),
        "throttle_counts": _numbers("/sys/class/hwmon/hwmon*/oc*_event_cnt", 1)
        + _numbers("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count", 1),
        "throttled": _said(["vcgencmd", "get_throttled"]),
    }


_X86_FLAGS = {"sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16"}
_ARM_FLAGS = {"asimd", "asimdhp", "asimddp", "sve", "i8mm", "bf16"}
_INTERESTING_FLAGS = _X86_FLAGS | {"amx_bf16", "amx_int8"} | _ARM_FLAGS


def machine_name(machine: Mapping[str, Any]) -> str:
    """What tells one machine from another."""
    fields = (machine.get("machine_id"), machine.get("board"), machine.get("cpu_model"), machine.get("cores"))
    return "/".join(str(field) for field in fields if field)


def throttled(states: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a machine slowed itself down to stay cool or within its power, at any of these moments."""
    bits = {state.get("throttled", "").partition("=")[2] for state in states} - {"", "0x0"}
    counts = [tuple(state.get("throttle_counts", ())) for state in states]
    return bool(bits) or len(set(counts)) > 1


def _machine_id() -> str:
    """A digest, so that the results tell machines apart and not which one it was."""
    found = _read("/etc/machine-id") or _read("/proc/device-tree/serial-number")
    return hashlib.sha256(found.encode()).hexdigest()[:16] if found else ""


def _numbers(pattern: str, factor: float) -> list[float]:
    found = [_read(path) for path in _paths(pattern)]
    return [round(int(value) * factor, 3) for value in found if value.lstrip("-").isdigit()]


def _paths(pattern: str) -> list[str]:
    return sorted(map(str, Path("/").glob(pattern.lstrip("/"))))


def _cpu_field(name: str) -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _memory_mib(field: str) -> int:
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) // 1024
    return 0


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


@functools.lru_cache(maxsize=None)
def _which(name: str) -> str:
    return shutil.which(name) or ""


def _said(command: list[str]) -> str:
    """What a program prints, in one line; empty where it is not installed."""
    program = _which(command[0])
    try:
        return " ".join(_output([program, *command[1:]], timeout=5).split()) if program else ""
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _output(command: list[str], timeout: float) -> str:
    done = subprocess.run(  # noqa: S603 - an argument list
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
    )
    return done.stdout.decode("utf-8", errors="replace")


def _first_line(command: list[str]) -> str:
    """The first line of a program that never ends by itself."""
    program = _which(command[0])
    if not program:
        return ""
    with subprocess.Popen([program, *command[1:]], stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            return process.stdout.readline().decode("utf-8", errors="replace").strip()
        finally:
            process.kill()


def _unlink(path: Path) -> None:
    with suppress(OSError):  # Windows keeps a mapped file
        path.unlink()


def _one_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _shown(command: Sequence[str]) -> str:
    return " ".join(shlex.quote(part) for part in command)


# --- clocks, only when asked -----------------------------------------------------------------------------------


@contextmanager
def fixed_clocks() -> Iterator[list[str]]:
    """Jetson: jetson_clocks; elsewhere the performance governor; as it was afterwards. Yields what was done."""
    if _which("jetson_clocks"):
        store = Path.home() / ".jetson-clocks-before-runner"
        commands = [["jetson_clocks", "--store", str(store)], ["jetson_clocks"]]
        for command in commands:
            _output(["sudo", "-n", *command], timeout=60)
        try:
            yield [_shown(command) for command in commands]
        finally:
            _output(["sudo", "-n", "jetson_clocks", "--restore", str(store)], timeout=60)
        return
    before = {path: _read(path) for path in _paths("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")}
    try:
        for path in before:
            Path(path).write_text("performance")
        yield [f"performance governor on {len(before)} cores"] if before else []
    except PermissionError as error:
        raise RunnerError(f"--set-clocks needs the right to write {error.filename}: run it as root") from None
    finally:
        for path, governor in before.items():
            if _read(path) != governor:
                Path(path).write_text(governor)


def clock_advice(machine: Mapping[str, Any]) -> list[str]:
    """What a user may want to do about the clocks before measuring; the runner does it only with --set-clocks."""
    if machine["power_mode"]:
        return ["sudo nvpmodel -m 0", "sudo jetson_clocks"]
    if machine["governor"] not in ("", "performance"):
        return ["sudo cpupower frequency-set -g performance"]
    return []


# --- the bundle ------------------------------------------------------------------------------------------------


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a bundle into `folder`, after checking every name in it.

    Raises:
        RunnerError: it is no zip file, or a name in it leads outside the folder, is there twice, is a link, or it is
            too large; nothing is written.
    """
    try:
        with zipfile.ZipFile(str(archive)) as bundle:
            check_names(archive, bundle.infolist())
            bundle.extractall(str(folder))
    except zipfile.BadZipFile as error:
        raise RunnerError(f"{archive} is not a bundle: {error}") from None


def check_names(archive: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse an archive with a name that could be written elsewhere than where it says."""
    names = set()
    for member in members:
        name = member.orig_filename
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in parts or "" in parts[:-1]:
            raise RunnerError(f"{archive} is refused: the name {name!r} leads outside the folder")
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise RunnerError(f"{archive} is refused: {name!r} is a link")
        if name in names:
            raise RunnerError(f"{archive} is refused: {name!r} is there twice")
        names.add(name)
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise RunnerError(f"{archive} is refused: it unpacks to more than {MAX_UNPACKED_BYTES >> 30} GiB")


def sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Bundle:
    """An unpacked bundle whose files are all as they were written.

    Raises:
        RunnerError: a file is missing or was changed; names it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
            sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
            for name, digest in sums.items():
                if sha256(folder / name) != digest:
                    raise RunnerError(
                        f"{folder / name} was changed: its SHA-256 differs from SHA256SUMS; copy it again"
                    )
            self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise RunnerError(f"the bundle is incomplete: {error.filename}: {error.strerror}") from None
        if self.manifest.get("schema") != BUNDLE_SCHEMA:
            raise RunnerError(f"{folder} is a bundle of another version: {self.manifest.get('schema')!r}")
        self.digest = sums.pop("manifest.json", "")
        if sums != self.manifest["files"]:
            raise RunnerError(f"{folder / 'SHA256SUMS'} does not list the files of manifest.json; copy it again")

    def model(self, key: str) -> tuple[Path, Path]:
        """The graph and the weight records of a model."""
        return self.folder / "models" / f"{key}.onnx", self.folder / "models" / f"{key}.json"


def results_header(
    *,
    bundle: str,
    plan: str,
    anchors: Sequence[str],
    protocol: MeasuringProtocol,
    runtime: str,
    options: Mapping[str, Any],
    precision: str,
    batch: int,
) -> dict[str, Any]:
    """The first line of a results file: what has to be the same for all that follow."""
    return {
        "schema": RESULTS_SCHEMA,
        "bundle": bundle,
        "plan": plan,
        "anchors": list(anchors),
        "protocol": asdict(protocol),
        "runtime": runtime,
        "options": dict(options),
        "precision": precision,
        "batch": batch,
    }


# --- the command -----------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; an expected error is one line on stderr."""
    try:
        return _main(_parser().parse_args(arguments))
    except ValueError as error:
        print(f"runner: {error}", file=sys.stderr)
    except OSError as error:
        print(f"runner: {error.filename or 'file'}: {error.strerror}; the same command goes on", file=sys.stderr)
    except KeyboardInterrupt:
        print("runner: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the models of this bundle. The same command resumes.")
    parser.add_argument("--runtime", choices=sorted(RUNTIMES), help="default: what the bundle was made for")
    parser.add_argument("--threads", type=int, help="threads of the runtime; default: as in the bundle")
    parser.add_argument("--precision", help="refused unless the models of the bundle have it")
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"), help="results file")
    parser.add_argument("--bundle", type=Path, help="unpack this zip file beside the runner first")
    parser.add_argument("--trtexec", default="", help="path of trtexec where it is not on PATH")
    parser.add_argument("--groups", type=int, nargs="+", default=[], help="measure these groups of the plan alone")
    parser.add_argument("--model", help="measure one model, print it and keep nothing: the check of a single number")
    parser.add_argument("--set-clocks", action="store_true", help="fix the clocks while measuring (needs root)")
    parser.add_argument("--detach", action="store_true", help="go on in the background; the output goes to run.log")
    parser.add_argument("--status", action="store_true", help="print the progress as JSON and end")
    return parser


def _main(options: argparse.Namespace) -> int:
    folder, out = Path(__file__).resolve().parent, options.out.resolve()
    if options.status:
        print(json.dumps(status(out)))
        return 0
    if options.detach and _locked(out):
        print("already running")
        return 0
    with _lock(out):
        if options.bundle:
            unpack(options.bundle, folder)
        bundle = Bundle(folder)
        protocol = MeasuringProtocol(**bundle.manifest["protocol"])
        if options.threads:
            protocol = MeasuringProtocol(**{**asdict(protocol), "threads": options.threads})
        precision = bundle.manifest["precision"]
        if options.precision not in (None, precision):
            raise RunnerError(f"the models of this bundle are {precision}, not {options.precision}")
        if options.detach and not _detach(out):
            return 0
        work = out.parent / "work"
        runtime = _runtime(options, bundle, work, protocol)
        if options.model:
            return _measure_one(options.model, bundle, runtime, protocol)
        with fixed_clocks() if options.set_clocks else _clocks_as_they_are():
            _measure(bundle, runtime, protocol, out, options)
        shutil.rmtree(str(work), ignore_errors=True)
    return 0


@contextmanager
def _clocks_as_they_are() -> Iterator[list[str]]:
    yield []


def _runtime(options: argparse.Namespace, bundle: Bundle, work: Path, protocol: MeasuringProtocol) -> Any:
    name = options.runtime or ("trtexec" if bundle.manifest["runtime"] == "tensorrt" else "onnxruntime")
    if name == "trtexec":
        return Trtexec(work, protocol.threads, protocol.seed, options.trtexec)
    return OnnxRuntime(work, protocol.threads, protocol.seed)


def _measure(
    bundle: Bundle, runtime: Any, protocol: MeasuringProtocol, out: Path, options: argparse.Namespace
) -> None:
    manifest = bundle.manifest
    header = results_header(
        bundle=bundle.digest,
        plan=manifest["plan"],
        anchors=manifest["anchors"],
        protocol=protocol,
        runtime=f"{runtime.name} {runtime.version}",
        options=runtime.options(),
        precision=manifest["precision"],
        batch=manifest["batch"],
    )
    journal, machine = Journal(out, header), probe()
    journal.note_plan(
        {"items": manifest["models"], **{name: manifest[name] for name in ("device", "space", "exporter")}}
    )
    for key, reason in manifest["failed"].items() if 0 in (options.groups or [0]) else ():
        if (0, key) not in journal.failed:
            journal.fail(0, key, reason)
    if len(journal.finished) < len(manifest["groups"]):
        journal.begin_session(machine)
    print(f"{machine_name(machine)}: {header['runtime']}, {len(manifest['models'])} models, results in {out}")
    for advice in clock_advice(machine):
        print(f"for steadier numbers, first: {advice}")
    progress = Progress(out)

    def load(key: str) -> Any:
        journal.note_model(key, manifest["files"][f"models/{key}.onnx"])
        return runtime.load(*bundle.model(key))

    measure_plan(
        manifest["groups"],
        manifest["anchors"],
        load,
        journal,
        protocol,
        progress.step,
        lambda group: _end_group(group, manifest["groups"], journal, runtime, protocol, options),
        options.groups,
    )
    failures = {model for _, model in journal.failed}
    print(f"done: {out}; {len(failures)} of {len(manifest['models'])} models failed; bring this file home")


def _end_group(
    group: int,
    groups: Sequence[Sequence[str]],
    journal: Journal,
    runtime: Any,
    protocol: MeasuringProtocol,
    options: argparse.Namespace,
) -> None:
    """Print the median of each model of a group with the command that measures it again; drop engines that no later
    group needs.
    """
    needed = {key for later in groups[group + 1 :] for key in later}
    for engine in runtime.work.glob("*.engine"):
        if engine.stem not in needed:
            _unlink(engine)
    found: dict[str, list[float]] = {}
    for visit in (visit for visit in journal.visits if visit.group == group):
        found.setdefault(visit.model, []).append(statistics.median(clean_runs_ns(visit, protocol.threads)) / 1e6)
    for model, medians in sorted(found.items()):
        print(f"{statistics.median(medians):10.4f} ms  {_again(model, options)}")
    for (number, model), reason in sorted(journal.failed.items()):
        if number == group:
            print(f"    failed    {_again(model, options)}  # {reason}")
    sys.stdout.flush()


def _again(model: str, options: argparse.Namespace) -> str:
    parts = ["python3", "runner.py", "--model", model]
    for name in ("runtime", "threads", "trtexec"):
        if getattr(options, name):
            parts += [f"--{name}", str(getattr(options, name))]
    return _shown(parts + (["--set-clocks"] if options.set_clocks else []))


def _measure_one(model: str, bundle: Bundle, runtime: Any, protocol: MeasuringProtocol) -> int:
    """Print the median of one model by the same protocol, alone."""
    if model not in bundle.manifest["models"]:
        raise RunnerError(
            f"unknown model {model!r}; the bundle has {len(bundle.manifest['models'])}, see manifest.json"
        )
    try:
        loaded = runtime.load(*bundle.model(model))
        typical_ms = loaded.warm_up(protocol)
        count = protocol.runs_per_visit(typical_ms)
        visits = [Visit(model, 0, number, *loaded.visit(count)) for number in range(protocol.rounds)]
    except ModelError as error:
        raise RunnerError(f"model {model}: {error}") from None
    medians = [statistics.median(clean_runs_ns(visit, protocol.threads)) / 1e6 for visit in visits]
    print(f"{statistics.median(medians):10.4f} ms  {model}, {min(medians):.4f} to {max(medians):.4f} over the rounds")
    if runtime.command(bundle.model(model)[0]):
        print(runtime.command(bundle.model(model)[0]))
    return 0


class Progress:
    """Steps done, and time left, on the terminal and in `progress.json` for those who look from outside."""

    def __init__(self, out: Path) -> None:
        self._path, self._start, self._last, self._first = out.parent / "progress.json", time.monotonic(), 0.0, -1

    def step(self, done: int, total: int) -> None:
        """Tell that `done` of `total` steps are done; at most once a second unless all are."""
        now = time.monotonic()
        self._first = done if self._first < 0 else self._first
        if done < total and now - self._last < 1.0:
            return
        self._last, made = now, done - self._first
        left = (now - self._start) / made * (total - done) if made else 0.0
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"done": done, "total": total, "seconds_left": round(left)}))
        temporary.replace(self._path)
        hours, minutes = int(left) // 3600, int(left) // 60 % 60
        end = "\r" if sys.stdout.isatty() and done < total else "\n"
        print(f"{done}/{total} steps, {hours}:{minutes:02d}:{int(left) % 60:02d} left ", end=end, flush=True)


def status(out: Path) -> dict[str, Any]:
    """Whether a runner is at work on `out`, how far it is, whether it is through, and its last word."""
    progress = json.loads(_read(str(out.parent / "progress.json")) or "{}")
    log = _read(str(out.parent / "run.log")).splitlines()
    return {
        "running": _locked(out),
        "finished": any(line.startswith("done: ") for line in log[-1:]),
        "done": progress.get("done", 0),
        "total": progress.get("total", 0),
        "seconds_left": progress.get("seconds_left", 0),
        "message": log[-1] if log else "",
    }


@contextmanager
def _lock(out: Path) -> Iterator[None]:
    """Keep a second runner off the same results; the system lets go when the process dies."""
    try:
        import fcntl
    except ImportError:  # Windows: no such lock
        yield
        return
    with Path(f"{out}.lock").open("a") as file:
        for attempt in range(10):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if attempt == 9:
                    raise RunnerError(f"another runner is at work on {out}; see --status") from None
                time.sleep(0.05)  # --status holds it for an instant
        yield


def _locked(out: Path) -> bool:
    try:
        with _lock(out):
            return False
    except RunnerError:
        return True


def _detach(out: Path) -> bool:
    """Fork into the background, away from the terminal; True in the new process, which inherits the lock."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print("started")
        return False
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.fork():  # the session leader ends, so that no terminal can be taken
        os._exit(0)
    log = os.open(str(out.parent / "run.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    return True


if __name__ == "__main__":
    sys.exit(main())
