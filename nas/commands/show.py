"""`nas devices`, `nas spaces` and `nas show`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nas.archs import arch_name, find_arch
from nas.caution import caution
from nas.commands.console import plain_table, print_json, stdout, tell, tell_path
from nas.commands.explanation import print_explanation
from nas.devices import Device, devices, devices_folder, find_device, fitted_path, latency_predictor
from nas.explanation import explain
from nas.units import format_count, format_latency, parse_resolution
from nas.weights import weights_command
from predictors import (
    CALIBRATED_DEVICES,
    analytic_predictors,
    calibrated_predictor,
    load_predictor,
    published_network,
)
from search_space import SPACES, ArchConfig, arch_cost, named_space, operators

if TYPE_CHECKING:
    from rich.table import Table


def devices_command(*, as_json: bool, everything: bool = False) -> None:
    """List devices; `everything` is what they are and how they are measured."""
    found = [_device(device) for device in devices().values()]
    if as_json:
        print_json(found)
        return
    stdout.print(_described(found) if everything else _named(found))
    for item in found:
        if warning := caution(item["name"], item["origin"]):
            tell(f"{item['name']}:")
            tell(warning, style="yellow")
    tell_path("add one as a TOML file in", devices_folder())


def _named(found: Sequence[Mapping[str, Any]]) -> "Table":
    """Names and where latencies come from."""
    headings = ("device", "also called", "latencies come from")
    table = plain_table(*headings, text=headings, wrapped=headings[1:])
    for item in found:
        what = "published points" if item["origin"] == "calibrated" else "networks"
        rows = f" ({item['rows']} {what})" if item["rows"] else ""
        table.add_row(item["name"], ", ".join(item["aliases"]), (item["origin"] or "nothing yet: nas collect") + rows)
    return table


def _described(found: Sequence[Mapping[str, Any]]) -> "Table":
    """What the devices are and how they are measured."""
    headings = ("device", "what it is", "runtime", "precision")
    table = plain_table(*headings, "batch", text=headings, wrapped=headings[1:2])
    for item in found:
        table.add_row(item["name"], item["description"], item["runtime"], item["precision"], str(item["batch"]))
    return table


def _device(device: Device) -> dict[str, Any]:
    origin, rows = "", 0
    for space in SPACES:
        if fitted_path(device, space).exists():
            found = load_predictor(fitted_path(device, space))
            # measured rows of one space say more of a device than samples of another do
            origin = found.origin if origin != "measured" else origin
            report = found.report
            rows += report["n_fit"] + report.get("n_calibration", 0) + report["n_held_out"]
    if not origin and device.name in CALIBRATED_DEVICES:
        origin, rows = "calibrated", len(calibrated_predictor(device.name).latency_ms)
    if not origin and device.name in analytic_predictors():
        origin = "analytic"
    return {
        "name": device.name,
        "description": device.description,
        "aliases": list(device.aliases),
        "runtime": device.runtime,
        "precision": device.precision,
        "batch": device.batch,
        "origin": origin,
        "rows": rows,
    }


def spaces_command(*, as_json: bool) -> None:
    """List spaces."""
    found = [_space(name) for name in SPACES]
    if as_json:
        print_json(found)
        return
    for item in found:
        low, high = (format_count(macs) for macs in item["macs"])
        tell(f"{item['name']}: {item['spans']}", style="bold")
        lines = {
            "architectures": f"{item['size']:.2g}, {len(item['genes'])} genes",
            "multiply-adds": f"{low} to {high}",
            "input pixels": ", ".join(map(str, item["resolutions"])),
            "supernet": f"{item['supernet_parameters'] / 1e6:,.0f} M parameters",
            "published members": ", ".join(item["members"]) or "none",
        }
        for label, text in lines.items():
            tell(f"  {label}: {text}")


def _space(name: str) -> dict[str, Any]:
    space = named_space(name)
    return {
        "name": name,
        "spans": SPACES[name].spans,
        "size": space.size,
        "genes": {gene.name: len(gene.choices) for gene in space.genes},
        "macs": [arch_cost(arch).macs for arch in (space.smallest(), space.largest())],
        "resolutions": list(space.resolutions),
        "supernet_parameters": SPACES[name].supernet_parameters,
        "members": list(space.members),
    }


def show_command(
    text: str, *, resolution: str | None, device: str | None, confidence: float, space: str, as_json: bool
) -> None:
    """Describe an architecture."""
    arch = find_arch(text)
    if resolution is not None:
        arch = replace(arch, resolution=parse_resolution(resolution))
    record = _record(arch)
    if device is not None:
        known = find_device(device)
        predictor = latency_predictor(known, space)
        found, explanation = predictor.predict([arch], confidence=confidence), explain(predictor, arch)
        record["latency"] = {
            "device": known.name,
            "p50_ms": float(found.p50_ms[0]),
            "low_ms": float(found.low_ms[0]),
            "high_ms": float(found.high_ms[0]),
            "confidence": confidence,
            "origin": found.origin,
            "extrapolated": bool(found.extrapolated[0]),
            "caution": caution(known.name, found.origin),
            **explanation.to_json(),
        }
    if as_json:
        print_json(record)
        return
    _print(record)
    if device is not None:
        print_explanation(explanation, known.name, record["latency"]["p50_ms"])
        tell(predictor.describe(), style="dim")


def _record(arch: ArchConfig) -> dict[str, Any]:
    cost = arch_cost(arch)
    parts: dict[str, list[dict[str, Any]]] = {}
    for path, op in operators(arch):
        level = path.split(".")[1] if path != "head" else "head"
        rows = parts.setdefault(level, [])
        what = op.kind if op.attention is None else f"{op.kind}, {op.attention.describe()}"
        expand = f", expand {op.expand}" if op.expand > 1 else ""
        row = {
            "operator": f"{what}{expand}",
            "count": 1,
            "output": list(op.output),
            "parameters": op.cost.parameters,
            "macs": op.cost.macs,
        }
        if rows and {**rows[-1], "count": 1} == row:
            rows[-1]["count"] += 1
        else:
            rows.append(row)
    return {
        "arch_id": arch.arch_id,
        "name": arch_name(arch),
        "resolution": list(arch.resolution),
        "parameters": cost.parameters,
        "macs": cost.macs,
        "activation": arch.activation,
        "published": _published(arch),
        "levels": [{"stride": level, "operators": rows} for level, rows in parts.items()],
    }


def _published(arch: ArchConfig) -> dict[str, Any] | None:
    """Score and weights of a network that can be downloaded; scores in percent."""
    found = published_network(arch)
    if found is None:
        return None
    return {
        "top1": found.top1,
        "source": found.source,
        "timm": found.timm,
        "timm_top1": found.timm_top1,
        "authors": found.authors,
        "weights_command": weights_command(found),
    }


def _print(record: dict[str, Any]) -> None:
    height, width = record["resolution"]
    tell(f"{record['name']} ({record['arch_id']}) at {height}x{width}")
    headings = ("stride", "operator", "times", "output", "parameters", "MACs")
    table = plain_table(*headings, text=headings[:2], wrapped=headings[1:2])
    for level in record["levels"]:
        for index, row in enumerate(level["operators"]):
            table.add_row(
                str(level["stride"]) if index == 0 else "",
                row["operator"].replace("_", " "),
                str(row["count"]),
                "x".join(map(str, row["output"])),
                f"{row['parameters'] * row['count']:,}",
                format_count(row["macs"] * row["count"]),
            )
    stdout.print(table)
    tell(f"{record['parameters']:,} parameters, {format_count(record['macs'])} multiply-adds")
    if published := record["published"]:
        tell(f"published: {published['top1']:.2f} % top-1 ({published['source']})")
        tell(f"weights: {published['weights_command']}")
    if latency := record.get("latency"):
        shown = format_latency(latency["p50_ms"], latency["low_ms"], latency["high_ms"])
        tell(
            f"{latency['device']}: {shown}, each end at {latency['confidence']:.0%}, {latency['origin']}"
            f"{', extrapolated' if latency['extrapolated'] else ''}"
        )
        if latency["caution"]:
            tell(latency["caution"], style="yellow")
