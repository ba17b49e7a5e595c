"""A check: its name, the sentence it verifies, and the function that looks for one example against it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

S = TypeVar("S")


class CounterexampleError(Exception):
    """The first example against a check: where it is, what the check's sentence expects there, and what was found."""

    def __init__(self, where: str, *, expected: object, found: object) -> None:
        super().__init__(f"{where}: expected {expected}, found {found}")
        self.where, self.expected, self.found = where, str(expected), str(found)


class NotApplicableError(Exception):
    """A check has nothing to look at; says why."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check found; `passed` is None where it had nothing to look at, and then `note` says why."""

    name: str
    sentence: str
    passed: bool | None
    seconds: float
    where: str = ""
    expected: str = ""
    found: str = ""
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """All fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Check(Generic[S]):
    """`look` returns a note for the reader or raises `CounterexampleError`, the first example against `sentence`."""

    name: str
    sentence: str
    look: Callable[[S], str | None]

    def run(self, subject: S) -> Verdict:
        """The verdict; an error of the examined code itself is an example against the check, too."""
        began, passed, trouble, note = time.perf_counter(), True, None, ""
        try:
            note = self.look(subject) or ""
        except CounterexampleError as found:
            passed, trouble = False, found
        except NotApplicableError as why:
            return Verdict(name=self.name, sentence=self.sentence, passed=None, seconds=0.0, note=str(why))
        except Exception as error:  # whatever a part raises that somebody wrote
            passed, trouble = False, CounterexampleError(_place(error), expected="no error", found=_words(error))
        return Verdict(
            name=self.name,
            sentence=self.sentence,
            passed=passed,
            seconds=time.perf_counter() - began,
            where=trouble.where if trouble else "",
            expected=trouble.expected if trouble else "",
            found=trouble.found if trouble else "",
            note=note,
        )


def _place(error: Exception) -> str:
    """File and line where an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}" if trace else "?"


def _words(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
