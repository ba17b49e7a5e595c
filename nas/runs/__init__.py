"""Runs of `nas search` as values: `read(folder)` gives a `Run`, `write(run)` its tables and its result.

Names of columns and keys are a contract: each type of this package writes its own and reads them back, with those of
older versions, and nothing else knows them.
"""

from nas.runs.answer import AnswerText
from nas.runs.blocks import Blocks, Explanation, OperatorLatency
from nas.runs.checks import AccuracyCheck, LatencyCheck, Round
from nas.runs.comparison import BaselineRow, Best, Compared, ComparisonRow, Gain, ProspectRow
from nas.runs.fleet import DeviceFront, Fleet, FleetRow, Sharing
from nas.runs.folder import Run, find_run, write, write_answer, write_blocks
from nas.runs.network import KNOWN_ORIGINS, MEASURED, METRIC, NetworkRow, metric_of, score_of
from nas.runs.reading import read, read_table
from nas.runs.settings import Asked, Settings
from nas.runs.trials import Trials

__all__ = [
    "KNOWN_ORIGINS",
    "MEASURED",
    "METRIC",
    "AccuracyCheck",
    "AnswerText",
    "Asked",
    "BaselineRow",
    "Best",
    "Blocks",
    "Compared",
    "ComparisonRow",
    "DeviceFront",
    "Explanation",
    "Fleet",
    "FleetRow",
    "Gain",
    "LatencyCheck",
    "NetworkRow",
    "OperatorLatency",
    "ProspectRow",
    "Round",
    "Run",
    "Settings",
    "Sharing",
    "Trials",
    "find_run",
    "metric_of",
    "read",
    "read_table",
    "score_of",
    "write",
    "write_answer",
    "write_blocks",
]
