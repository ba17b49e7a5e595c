"""TensorRT through trtexec, its own benchmark program."""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
from pathlib import Path
from typing import AbstractSet, Any, Sequence

from nas.measuring.runner.errors import ModelError, RunnerError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.system import output, shown, unlink
from nas.measuring.runner.weights import Model, place_model


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
            said = output([self.program, "--help"], timeout=60)
        except OSError as error:
            raise RunnerError(f"trtexec is not on PATH ({self.program}: {error.strerror}); give --trtexec") from None
        self.version = trtexec_version(said)
        if int(self.version.split(".")[0]) < 10:
            raise RunnerError(f"TensorRT 10 or newer is needed for strongly typed networks; this is {self.version}")

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return {"tool": "trtexec", "typing": "strong", "transfers": True, "spin_wait": False, "cuda_graph": False}

    def load(self, model: Model) -> TimedEngine:
        """The engine built for the model with weights from the seed; an engine from before is used again.

        Raises:
            ModelError: it cannot be built; gives trtexec's first error.
        """
        engine = self.engine(model.key)
        if not engine.exists():
            graph, temporary = place_model(model, self.work, self.seed), engine.with_suffix(".building")
            self.call(trtexec_build(self.program, self.version, graph, temporary, self.work))
            temporary.replace(engine)
            unlink(graph.with_suffix(".data"))
        return TimedEngine(self, engine)

    def engine(self, key: str) -> Path:
        """Where the engine of a model lies."""
        return self.work / f"{key}.engine"

    def keep(self, keys: AbstractSet[str]) -> None:
        """Delete the engines of all models but these."""
        for engine in self.work.glob("*.engine"):
            if engine.stem not in keys:
                unlink(engine)

    def command(self, key: str) -> str:
        """The command line that times the engine of a model."""
        engine = self.engine(key)
        return shown(trtexec_run(self.program, self.version, engine, engine.with_suffix(".json"), 200.0, 10))

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
        unlink(times)
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
