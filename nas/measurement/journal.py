"""Visits on disk: one JSON line each, synced before the next begins; a torn last line is cut off on reopening."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from nas.measurement.statistics import Visit


class Journal:
    """An append-only file of visits behind a header that says what is measured."""

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        """Open or continue a journal.

        Raises:
            ValueError: the file belongs to another plan, or a line in it is broken; names the line.
        """
        self.path, self.visits, self.finished = path, list[Visit](), set[int]()
        if path.exists():
            self._read(header)
        if not path.exists() or path.stat().st_size == 0:
            self._append(header)

    def add(self, visit: Visit) -> None:
        """Keep a visit."""
        self._append(
            {
                "model": visit.model,
                "group": visit.group,
                "round": visit.round,
                "wall_ns": visit.wall_ns.tolist(),
                "cpu_ns": visit.cpu_ns.tolist(),
                "switches": visit.switches.tolist(),
            }
        )
        self.visits.append(visit)

    def finish_group(self, group: int) -> None:
        """Note that all visits of a group are there."""
        self._append({"finished": group})
        self.finished.add(group)

    def _append(self, record: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, sort_keys=True, separators=(",", ":")) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self, header: dict[str, Any]) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(self.path, len(whole))
        lines = whole.decode("utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                if number == 1:
                    found = record
                    continue
                if "finished" in record:
                    self.finished.add(int(record["finished"]))
                    continue
                arrays = [np.array(record[name], dtype=np.int64) for name in ("wall_ns", "cpu_ns", "switches")]
                self.visits.append(Visit(record["model"], record["group"], record["round"], *arrays))
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"{self.path} line {number} is broken; delete that line") from None
        if lines and found != json.loads(json.dumps(header)):
            raise ValueError(f"{self.path} belongs to another plan; choose another --out, or delete that folder")
