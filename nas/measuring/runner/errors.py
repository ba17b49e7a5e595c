"""What ends a run, and what ends the measuring of one model."""

from __future__ import annotations


class RunnerError(ValueError):
    """What ends the run with one line: a broken bundle, a changed results file, a missing runtime."""


class ModelError(ValueError):
    """One model cannot be loaded or run; the others can."""
