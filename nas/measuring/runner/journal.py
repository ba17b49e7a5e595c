"""Results on disk: a sealed line for every visit, synced before the next begins."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Mapping, Sequence

from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.protocol import MeasuringProtocol, Visit

RESULTS_SCHEMA = "visits/1"


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
