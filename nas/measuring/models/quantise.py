"""int8 as QDQ graphs: static scales from calibration batches, weights left in float32 behind their QuantizeLinear.

So a quantised graph stays small: its weights still come from the seed. Each runtime gets the scheme it is fast with:
signed activations were slower than fp32 on x86, and TensorRT takes no zero points.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

CALIBRATION_BATCHES = 4


def describe_scheme(*, signed: bool) -> str:
    """What the manifest of a table says of its int8 models."""
    activations = "symmetric int8" if signed else "uint8"
    return (
        f"static QDQ, {activations} activations by min-max of {CALIBRATION_BATCHES} standard-normal batches, "
        "int8 weights per channel"
    )


def quantise(model: Path, quantised: Path, *, signed: bool, seed: int = 0) -> None:
    """Write the QDQ form of the fp32 graph at `model`, its weights beside it, to `quantised`.

    With `signed` activations their zero point is 0.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    graph = onnx.load(str(model), load_external_data=False).graph
    with _quiet():
        quantize_static(
            str(model),
            str(quantised),
            _Calibration(graph, seed),
            nodes_to_exclude=[node.name for node in graph.node if node.op_type == "LayerNormalization"],
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QInt8 if signed else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            calibration_providers=["CPUExecutionProvider"],
            extra_options={
                "AddQDQPairToWeight": True,
                "ActivationSymmetric": signed,
                "WeightSymmetric": True,
                "QuantizeBias": not signed,  # TensorRT's DequantizeLinear takes no int32
            },
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """The quantiser recommends a pre-processing, which folds batch norms, to all who call it."""
    logger = logging.getLogger()
    logger.addFilter(_is_no_advice)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_advice)


def _is_no_advice(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()


class _Calibration:
    """Standard-normal batches for the inputs of a graph, the same for the same seed."""

    def __init__(self, graph: Any, seed: int) -> None:
        self._shapes = {
            value.name: [side.dim_value for side in value.type.tensor_type.shape.dim] for value in graph.input
        }
        self._batches = self._draw(seed)

    def _draw(self, seed: int) -> "Iterator[dict[str, np.ndarray]]":
        import numpy as np

        rng = np.random.default_rng(seed)
        for _ in range(CALIBRATION_BATCHES):
            yield {name: rng.standard_normal(shape).astype(np.float32) for name, shape in self._shapes.items()}

    def get_next(self) -> "dict[str, Any] | None":
        """The next batch; None at the end, as the quantiser's protocol has it."""
        return next(self._batches, None)

    def __len__(self) -> int:
        return CALIBRATION_BATCHES
