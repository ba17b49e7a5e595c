"""Accuracies that a supernet's sub-networks were found to have: a file of lines that many processes append to."""

import json
from collections.abc import Mapping
from pathlib import Path

from nas.locks import append_line


class EvaluationLog:
    """Accuracies in percent by `arch_id`, of the records that carry `labels`; what others append is read as it comes.

    Args:
        path: the file; need not exist.
        labels: what every record of ours says beside; records with other labels are someone else's.
        absent: labels that records of ours do not have.
    """

    def __init__(self, path: Path, labels: Mapping[str, str], absent: frozenset[str] = frozenset()) -> None:
        self._path, self._labels, self._absent = path, dict(labels), absent
        self._known: dict[str, float] = {}
        self._read_bytes = self._read_lines = 0
        self._read()

    def get(self, arch_id: str) -> float | None:
        """Accuracy in percent, None where no process has evaluated it yet.

        Raises:
            ValueError: a line of the file is no record; says which.
        """
        if arch_id not in self._known:
            self._read()
        return self._known.get(arch_id)

    def add(self, arch_id: str, accuracy: float) -> None:
        """Append one record."""
        record = {**self._labels, "arch_id": arch_id, "accuracy": accuracy}
        append_line(self._path, json.dumps(record, sort_keys=True))
        self._known[arch_id] = accuracy

    def _read(self) -> None:
        """Take in the whole lines that are new."""
        if not self._path.exists() or self._path.stat().st_size <= self._read_bytes:
            return
        with self._path.open("rb") as file:
            file.seek(self._read_bytes)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._read_lines += 1
            self._take(line)
        self._read_bytes += len(whole)

    def _take(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            ours = all(record.get(key) == value for key, value in self._labels.items())
            if ours and not self._absent & record.keys():
                self._known[str(record["arch_id"])] = float(record["accuracy"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{self._path} line {self._read_lines} is not an evaluation; delete that line") from None
