"""`nas report`: one HTML page of a finished search that needs no network and no other file."""

from nas.report.page import WrittenReport, write_report
from nas.report.run_folder import Run, read_run

__all__ = ["Run", "WrittenReport", "read_run", "write_report"]
