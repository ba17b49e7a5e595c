"""Deployable files: name of the format -> exporter. A new one is a file beside these and an entry here.

Every file is checked against PyTorch before it is kept.
"""

from nas.deploy.exporter import Exporter, ExportReport, Source
from nas.deploy.to_onnx import OnnxExporter
from nas.deploy.to_safetensors import SafetensorsExporter

EXPORTERS: dict[str, type[Exporter]] = {"onnx": OnnxExporter, "safetensors": SafetensorsExporter}

__all__ = ["EXPORTERS", "ExportReport", "Exporter", "Source"]
