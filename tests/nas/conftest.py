"""A board, a bundle for it and its results, finished runs, models of timm, made once; a terminal for commands."""

import fcntl
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nas.collecting.places.bundle import write_bundle
from nas.devices import Device
from nas.errors import UserError
from nas.measuring.estimate import Estimate
from nas.measuring.plan import Plan
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.sampling import make_plan
from nas.report.keeping import keep_for_report, with_explanation
from nas.rivals.catalogue import ZooModel, catalogue
from nas.rivals.zoo import import_timm
from nas.runs import Run
from nas.search.config import SearchConfig
from nas.search.known import Known
from nas.search.prepare import prepare
from nas.search.rounds import Measure
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import calibrated_predictor
from search_space import ArchConfig, SearchSpace

PROTOCOL = MeasuringProtocol(rounds=2, extra_rounds=1, visit_ms=1, warm_up_ms=1, max_warm_up_ms=5)


@pytest.fixture(scope="session")
def zoo() -> tuple[ZooModel, ...]:
    """Two tiny classifiers; one has branches that are merged."""
    try:
        import_timm()
    except UserError:
        pytest.skip("timm is not installed: its models cannot be built")
    return catalogue()["test_byobnet.r160_in1k", 160], catalogue()["test_efficientnet.r160_in1k", 160]


@pytest.fixture(scope="session")
def board() -> Device:
    """A device that is not this machine."""
    return Device(name="my-board", description="a board", runtime="onnxruntime", precision="fp32", batch=1)


@pytest.fixture(scope="session")
def plan(tiny_space: SearchSpace) -> Plan:
    """Enough networks that units can be told."""
    return make_plan(tiny_space, networks=5, blocks=2, seed=0)


@pytest.fixture(scope="session")
def archive(plan: Plan, tiny_space: SearchSpace, board: Device, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle."""
    path = tmp_path_factory.mktemp("bundle") / "my-board.zip"
    report = write_bundle(plan, device=board, space=tiny_space, protocol=PROTOCOL, path=path)
    assert report.models == len(plan.items)
    assert report.failed == {}
    assert [found.name for found in path.parent.iterdir()] == ["my-board.zip"]
    return path


@pytest.fixture(scope="session")
def measured(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the bundle was run in, with nothing of ours to import."""
    folder = tmp_path_factory.mktemp("board")
    command = [sys.executable, "-I", str(archive)]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1].startswith("done: ")
    return folder


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[@-_]")
_MOVES = re.compile(r"\x1b\[(\d*)A|(\x1b\[2K)|(\r?\n)|(\r)")
_FRAME = re.compile("[─-╿]")  # box-drawing characters


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What a command left on a terminal, without escape codes: `lines` of stdout, `notes` of stderr."""

    lines: list[str]
    notes: list[str]
    code: int


class Terminal:
    """Runs `nas` in a pseudo-terminal of so many columns, its output and its errors on one of their own each."""

    def run(self, *arguments: str, columns: int = 80, cwd: Path | None = None) -> Screen:
        """The screen after the command has ended."""
        outputs = [os.openpty() for _ in range(2)]
        for _, slave in outputs:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        read: list[bytes] = [b"", b""]
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        process = subprocess.Popen(
            [sys.executable, "-m", "nas.cli", *arguments],
            stdin=outputs[0][1],
            stdout=outputs[0][1],
            stderr=outputs[1][1],
            cwd=cwd,
            env={**environment, "TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        readers = [threading.Thread(target=_drain, args=(read, at, outputs[at][0])) for at in range(2)]
        for reader in readers:
            reader.start()
        code = process.wait()
        for _, slave in outputs:
            os.close(slave)
        for reader in readers:
            reader.join()
        for master, _ in outputs:
            os.close(master)
        return Screen(lines=_lines(read[0]), notes=_lines(read[1]), code=code)

    def misfits(self, *arguments: str, columns: int = 80, cwd: Path | None = None) -> list[str]:
        """What does not fit the screen: long lines, and words that a terminal wide enough shows whole."""
        narrow, wide = (self.run(*arguments, columns=each, cwd=cwd) for each in (columns, 400))
        assert narrow.code == wide.code
        assert narrow.lines or narrow.notes
        return [
            *misfits(narrow.lines, wide.lines, columns=columns),
            *misfits(narrow.notes, wide.notes, columns=columns),
        ]


def misfits(lines: Sequence[str], wide: Sequence[str] = (), *, columns: int = 80) -> list[str]:
    """Lines over `columns`, lines cut short, and words that the same text on a `wide` screen, if given, has not."""
    found = [f"{len(line)} columns: {line}" for line in lines if len(line) > columns]
    found += [f"cut: {line}" for line in lines if "…" in line]
    if wide:
        whole = {word for line in wide for word in _words(line)}
        moving = re.compile(r"\d+:\d\d:\d\d|-:--:--")  # a bar that moves is never the same twice
        still = [line for line in lines if not moving.search(line)]
        found += [f"broken word {word!r}: {line}" for line in still for word in _words(line) if word not in whole]
    return found


def _words(line: str) -> list[str]:
    return _FRAME.sub(" ", line).split()


def _drain(read: list[bytes], at: int, master: int) -> None:
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            return
        if not part:
            return
        read[at] += part


def _lines(output: bytes) -> list[str]:
    """Lines as they are at the end: of what was drawn over itself, the last."""
    rows, at, position, text = [""], 0, 0, output.decode()
    for move in (*_MOVES.finditer(text), None):
        rows[at] += _ESCAPES.sub("", text[position : move.start() if move else len(text)])
        if move is None:
            break
        position = move.end()
        if move[3]:
            at += 1
            rows += [""] * (at == len(rows))
        elif move[2] or move[4]:  # what is drawn next replaces the line
            rows[at] = ""
        else:
            at = max(0, at - int(move[1] or 1))
    return [row.rstrip() for row in rows if row.strip()]


@pytest.fixture
def terminal() -> Terminal:
    """A terminal of 80 columns."""
    return Terminal()


@pytest.fixture
def fits() -> Callable[..., bool]:
    """Whether lines fit a screen of 80 columns, none cut short; beside the lines of a wide screen, no word broken."""
    return lambda lines, wide=(): not misfits(lines, wide)


Change = Callable[[dict[str, Any]], None]
RETURNED: dict[Path, Run] = {}  # what the search returned that made a folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search that nobody changes."""
    return searched(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search for two devices."""
    return searched(tmp_path_factory.mktemp("fleet"), nano_ms=20.0, fleet=True)


@pytest.fixture(scope="session")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search whose front was measured in rounds, on a device that is slower than predicted."""

    def measure(archs: Sequence[ArchConfig]) -> Mapping[str, Estimate]:
        predicted = calibrated_predictor("jetson-agx-orin").predict(archs, confidence=0.5).p50_ms
        odd = [math.exp(0.8 + 0.1 * math.sin(int(arch.arch_id, 16) % 1000)) for arch in archs]
        return {a.arch_id: _estimate(ms * factor) for a, ms, factor in zip(archs, predicted, odd, strict=True)}

    return searched(tmp_path_factory.mktemp("verified"), measure=measure, rounds=3)


def _estimate(ms: float) -> Estimate:
    return Estimate(
        p50_ms=ms,
        ci_lo_ms=0.98 * ms,
        ci_hi_ms=1.02 * ms,
        half_a_ms=ms,
        half_b_ms=ms,
        quantiles_ms={f"p{q}_ms": ms for q in (10, 25, 75, 90, 99)},
        mean_ms=ms,
        mad_ms=0.0,
        cv=0.0,
        n_rounds=8,
        n_runs=80,
        n_dropped=0,
    )


def searched(folder: Path, measure: Measure | None = None, nano_ms: float | None = None, **changes: Any) -> Path:
    """A run of 100 trials, with what the report wants kept."""
    targets = [Target(device="jetson-agx-orin", budget_ms=10.0)]
    if nano_ms is not None:
        targets.append(Target(device="jetson-nano", budget_ms=nano_ms))
    config = SearchConfig(
        targets=tuple(targets), space="efficientvit", trials=100, population=20, out=folder, **changes
    )
    prepared = replace(prepare(config), known=Known())
    result, latency = run_search(prepared, measure=measure), prepared.targets[0].latency
    keep_for_report(result, latency, write=False)
    RETURNED[folder] = with_explanation(result, latency)
    return folder


@pytest.fixture(scope="session")
def returned() -> Callable[[Path], Run]:
    """The run that the search returned which made a folder."""
    return RETURNED.__getitem__


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return shutil.copytree(finished, tmp_path / "run")


@pytest.fixture
def change(run: Path) -> Callable[[Change], Path]:
    """Rewrites `front.json` of the copy."""

    def apply(edit: Change) -> Path:
        path = run / "front.json"
        result = json.loads(path.read_text())
        edit(result)
        path.write_text(json.dumps(result))
        return run

    return apply
