"""Scores that a supernet's sub-networks were found to have: a file of lines that many processes append to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.disk.locks import append_shared
from search_space import ArchConfig, arch_from_dict
from search_space.disk import parse_json, whole_lines

if TYPE_CHECKING:
    from supernet import Score

_WITH_THE_SCORE = ("metric", "low", "high", "images")


class EvaluationLog:
    """Scores by `arch_id`, of the records that carry `labels`; what others append is read as it comes.

    Args:
        path: the file; need not exist.
        labels: what every record of ours says beside; records with other labels are someone else's.
        images: how many are held out: records of earlier versions are a top-1 accuracy on them, and say only that.
        absent: labels that records of ours do not have.
    """

    def __init__(
        self, path: Path, labels: Mapping[str, str], *, images: int, absent: frozenset[str] = frozenset()
    ) -> None:
        self._path, self._labels, self._images, self._absent = path, dict(labels), images, absent
        self._known: dict[str, Score] = {}
        self._archs: dict[str, ArchConfig] = {}
        self._read_bytes = self._read_lines = 0
        self._read()

    def get(self, arch_id: str) -> "Score | None":
        """The score, None where no process has evaluated it yet.

        Raises:
            ValueError: a line of the file is no record; says which.
        """
        if arch_id not in self._known:
            self._read()
        return self._known.get(arch_id)

    def add(self, arch: ArchConfig, score: "Score") -> None:
        """Append one record; `accuracy` is the name of a score in files, whatever its `metric`."""
        record = {
            **self._labels,
            "arch_id": arch.arch_id,
            "arch": json.loads(arch.to_json()),
            "accuracy": score.value,
            **{name: getattr(score, name) for name in _WITH_THE_SCORE},
        }
        append_shared(self._path, record)
        self._known[arch.arch_id], self._archs[arch.arch_id] = score, arch

    def archs(self) -> list[ArchConfig]:
        """The networks that were evaluated, by their `arch_id`; records of versions that kept none are left out."""
        self._read()
        return [self._archs[arch_id] for arch_id in sorted(self._archs)]

    def _read(self) -> None:
        """Take in the whole lines that are new."""
        if not self._path.exists() or self._path.stat().st_size <= self._read_bytes:
            return
        with self._path.open("rb") as file:
            file.seek(self._read_bytes)
            content = file.read()
        whole = whole_lines(content)
        for line in whole.splitlines():
            self._read_lines += 1
            self._take(line)
        self._read_bytes += len(whole)

    def _take(self, line: bytes) -> None:
        try:
            record = parse_json(line, self._path)
            ours = all(record.get(key) == value for key, value in self._labels.items())
            if ours and not self._absent & record.keys():
                self._known[str(record["arch_id"])] = self._score(record)
                self._remember(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{self._path} line {self._read_lines} is not an evaluation; delete that line") from None

    def _score(self, record: Mapping[str, Any]) -> "Score":
        from supernet.tasks import Score
        from supernet.tasks.classification import top1_score

        value = float(record["accuracy"])
        if "metric" not in record:
            return top1_score(value, self._images)
        return Score(value=value, **{name: record[name] for name in _WITH_THE_SCORE})

    def _remember(self, record: dict[str, Any]) -> None:
        if "arch" in record:
            arch = arch_from_dict(record["arch"])
            if arch.arch_id != record["arch_id"]:
                raise ValueError("the architecture is another one")
            self._archs[arch.arch_id] = arch
