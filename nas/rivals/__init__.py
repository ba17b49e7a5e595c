"""Rivals: pretrained classifiers of other families, measured by our protocol beside our own published networks."""

from nas.rivals.table import Rival, RivalTable, command_for, load_rivals

__all__ = ["Rival", "RivalTable", "command_for", "load_rivals"]
