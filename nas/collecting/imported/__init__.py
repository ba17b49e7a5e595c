"""Other projects' latency tables, filed apart from what was measured here and marked `imported`."""

from nas.collecting.imported.ofa import read_ofa
from nas.collecting.imported.table import ImportedRow, Refused, save_imported
from nas.collecting.imported.timm import read_timm

READERS = {".yaml": read_ofa, ".yml": read_ofa, ".csv": read_timm}

__all__ = ["READERS", "ImportedRow", "Refused", "read_ofa", "read_timm", "save_imported"]
