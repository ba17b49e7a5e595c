"""Latency tables in the form of once-for-all and ProxylessNAS: YAML, one block per key, milliseconds at batch 1.

A key is `expanded_conv-input:112x112x24-output:56x56x32-expand:144-kernel:3-stride:2-idskip:0-se:0-hs:0`, or shorter
for the first convolution and the classifier; a value has `mean` and, in some tables, `std` or `var`, and `count`.
"""

import json
import math
import re
from collections.abc import Mapping

from nas.collecting.imported.table import ImportedRow, Refused

_FIELD = re.compile(r"([a-z]+):(\d+(?:x\d+)*)")


def read_ofa(text: str) -> tuple[list[ImportedRow], list[Refused]]:
    """Rows of such a table, and what cannot be used.

    Raises:
        ValueError: it is not YAML, or not a mapping; YAML that would run code is refused.
    """
    import yaml

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"not plain YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(data, dict) or not data:
        raise ValueError("not a mapping of blocks to latencies")
    rows, refused = list[ImportedRow](), list[Refused]()
    for key, value in data.items():
        try:
            rows.append(_row(str(key), value))
        except (ValueError, TypeError, OverflowError) as error:
            refused.append(Refused(where=str(key), reason=str(error)))
    return rows, refused


def _row(key: str, value: object) -> ImportedRow:
    if not isinstance(value, Mapping) or "mean" not in value:
        raise ValueError("has no mean")
    numbers = {name: value[name] for name in ("mean", "std", "var", "count") if name in value}
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"{name} {number!r} is not a number")
    std = numbers.get("std", math.sqrt(max(0.0, numbers["var"])) if "var" in numbers else None)
    settings = _settings(key)
    height, width = settings["input"][:2]
    return ImportedRow(
        name=key,
        kind="block",
        key_json=json.dumps({"type": key.partition("-")[0], **settings}, sort_keys=True, separators=(",", ":")),
        height=height,
        width=width,
        batch=1,
        mean_ms=float(numbers["mean"]),
        std_ms=None if std is None else float(std),
        count=int(numbers["count"]) if "count" in numbers else None,
        macs=_macs(settings),
    )


def _settings(key: str) -> dict[str, list[int]]:
    found = {name: [int(side) for side in sides.split("x")] for name, sides in _FIELD.findall(key)}
    if len(found.get("input", ())) != 3 or len(found.get("output", ())) not in (1, 3):
        raise ValueError("has no input:HxWxC and output:HxWxC")
    return found


def _macs(settings: dict[str, list[int]]) -> int:
    """Multiply-adds of an inverted bottleneck, a 3x3 convolution or a classifier, near enough to tell units apart."""
    (height, width, channels), output = settings["input"], settings["output"]
    if len(output) == 1:
        return channels * output[0]
    out_height, out_width, out_channels = output
    if "expand" not in settings:
        return out_height * out_width * channels * out_channels * 9
    expand, kernel = settings["expand"][0], settings.get("kernel", [3])[0]
    mid = expand * channels if expand < channels else expand  # some tables give the ratio, some the channels
    return mid * (height * width * channels + out_height * out_width * (kernel**2 + out_channels))
