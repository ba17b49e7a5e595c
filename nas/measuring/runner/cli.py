"""The command line of the runner."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Sequence

from nas.measuring.runner.background import detach, lock, locked, status
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.clocks import clocks_as_they_are, fixed_clocks
from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.run import Run, runtime_class
from nas.measuring.runner.runtimes import RUNTIMES
from nas.measuring.runner.system import shown


def main(bundle: Path, arguments: Sequence[str] | None = None) -> int:
    """Run the command line on the bundle at `bundle`; an expected error is one line on stderr."""
    try:
        return _main(bundle, _parser().parse_args(arguments))
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
    parser.add_argument("--trtexec", default="", help="path of trtexec where it is not on PATH")
    parser.add_argument("--groups", type=int, nargs="+", default=[], help="measure these groups of the plan alone")
    parser.add_argument("--model", help="measure one model, print it and keep nothing: the check of a single number")
    parser.add_argument("--set-clocks", action="store_true", help="fix the clocks while measuring (needs root)")
    parser.add_argument("--detach", action="store_true", help="go on in the background; the output goes to run.log")
    parser.add_argument("--status", action="store_true", help="print the progress as JSON and end")
    return parser


def _main(path: Path, options: argparse.Namespace) -> int:
    out = options.out.resolve()
    if options.status:
        print(json.dumps(status(out)))
        return 0
    if options.detach and locked(out):
        print("already running")
        return 0
    with lock(out):
        bundle = Bundle(path)
        protocol = MeasuringProtocol(**bundle.manifest["protocol"])
        if options.threads:
            protocol = MeasuringProtocol(**{**asdict(protocol), "threads": options.threads})
        precision = bundle.manifest["precision"]
        if options.precision not in (None, precision):
            raise RunnerError(f"the models of this bundle are {precision}, not {options.precision}")
        if options.detach and not detach(out):
            return 0
        work, make = out.parent / "work", runtime_class(bundle, options.runtime)
        runtime = make(work, protocol.threads, protocol.seed, options.trtexec)
        run = Run(bundle, runtime, protocol, lambda model: _again(path, model, options))
        if options.model:
            run.measure_one(options.model)
            return 0
        with fixed_clocks() if options.set_clocks else clocks_as_they_are():
            run.measure(out, options.groups)
        shutil.rmtree(str(work), ignore_errors=True)
    return 0


def _again(bundle: Path, model: str, options: argparse.Namespace) -> str:
    """The command that measures one model again."""
    parts = ["python3", bundle.name, "--model", model]
    for name in ("runtime", "threads", "trtexec"):
        if getattr(options, name):
            parts += [f"--{name}", str(getattr(options, name))]
    return shown(parts + (["--set-clocks"] if options.set_clocks else []))
