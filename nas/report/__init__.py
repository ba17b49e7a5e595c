"""`nas report`: one HTML page of a finished search that needs no network and no other file."""

from nas.report.page import WrittenReport, write_report

__all__ = ["WrittenReport", "write_report"]
