"""`nas devices`, `nas spaces` and `nas show`."""

from dataclasses import replace
from typing import Any

from rich.table import Table

from nas.archs import arch_name, find_arch
from nas.commands.console import print_json, stdout
from nas.commands.explanation import explain, print_explanation
from nas.devices import Device, devices, devices_folder, find_device, fitted_path, latency_predictor
from nas.units import format_ms, parse_resolution
from nas.weights import weights_command
from predictors import (
    CALIBRATED_DEVICES,
    analytic_predictors,
    calibrated_predictor,
    load_predictor,
    published_network,
)
from search_space import SPACES, ArchConfig, arch_cost, named_space, operators


def devices_command(*, as_json: bool) -> None:
    """List devices."""
    found = [_device(device) for device in devices().values()]
    if as_json:
        print_json(found)
        return
    table = Table()
    for heading in ("device", "aliases", "runtime", "precision", "batch", "latencies come from"):
        table.add_column(heading)
    for item in found:
        origin = item["origin"] or "nothing yet: nas collect, nas fit"
        what = "published points" if item["origin"] == "calibrated" else "networks"
        rows = f" ({item['rows']} {what})"
        table.add_row(
            item["name"],
            ", ".join(item["aliases"]),
            item["runtime"],
            item["precision"],
            str(item["batch"]),
            origin + (rows if item["rows"] else ""),
        )
    stdout.print(table)
    stdout.print(f"add one as a TOML file in {devices_folder()}", soft_wrap=True)


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
        low, high = (f"{macs / 1e6:,.3g} M" if macs < 1e9 else f"{macs / 1e9:,.3g} G" for macs in item["macs"])
        stdout.print(f"[bold]{item['name']}[/]: {item['spans']}", highlight=False)
        lines = {
            "architectures": f"{item['size']:.2g}, {len(item['genes'])} genes",
            "multiply-adds": f"{low} to {high}",
            "input pixels": ", ".join(map(str, item["resolutions"])),
            "supernet": f"{item['supernet_parameters'] / 1e6:,.0f} M parameters",
            "published members": ", ".join(item["members"]) or "none",
        }
        for label, text in lines.items():
            stdout.print(f"  {label}: {text}", highlight=False)


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
        found = predictor.predict([arch], confidence=confidence)
        record["latency"] = {
            "device": known.name,
            "p50_ms": float(found.p50_ms[0]),
            "low_ms": float(found.low_ms[0]),
            "high_ms": float(found.high_ms[0]),
            "confidence": confidence,
            "origin": found.origin,
            "extrapolated": bool(found.extrapolated[0]),
            **explain(predictor, arch),
        }
    if as_json:
        print_json(record)
        return
    _print(record)
    if device is not None:
        print_explanation(record["latency"])
        stdout.print(predictor.describe(), style="dim")


def _record(arch: ArchConfig) -> dict[str, Any]:
    cost = arch_cost(arch)
    parts: dict[str, list[dict[str, Any]]] = {}
    for path, op in operators(arch):
        level = path.split(".")[1] if path != "head" else "head"
        rows = parts.setdefault(level, [])
        what = op.kind if op.attention is None else f"{op.kind}, {_attention(op.attention)}"
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


def _attention(config: Any) -> str:
    if config.type == "linear":
        scales = "+".join(map(str, config.scales)) or "none"
        return f"linear attention {config.heads} x {config.head_dim}, scales {scales}"
    return f"cascaded group attention, {config.heads} heads, window {config.window}"


def _print(record: dict[str, Any]) -> None:
    height, width = record["resolution"]
    table = Table(title=f"{record['name']} ({record['arch_id']}) at {height}x{width}")
    for heading in ("stride", "operator", "times", "output", "parameters", "MMACs"):
        table.add_column(heading, justify="left" if heading in ("stride", "operator") else "right")
    for level in record["levels"]:
        for index, row in enumerate(level["operators"]):
            table.add_row(
                str(level["stride"]) if index == 0 else "",
                row["operator"],
                str(row["count"]),
                "x".join(map(str, row["output"])),
                f"{row['parameters'] * row['count']:,}",
                f"{row['macs'] * row['count'] / 1e6:,.1f}",
            )
    stdout.print(table)
    stdout.print(f"{record['parameters']:,} parameters, {record['macs'] / 1e6:,.1f} MMACs")
    if published := record["published"]:
        stdout.print(f"published: {published['top1']:.2f} % top-1 ({published['source']})", highlight=False)
        stdout.print(f"weights: {published['weights_command']}", highlight=False, markup=False, soft_wrap=True)
    if latency := record.get("latency"):
        stdout.print(
            f"{latency['device']}: {format_ms(latency['p50_ms'])}, within {format_ms(latency['low_ms'])} and "
            f"{format_ms(latency['high_ms'])} (each end at {latency['confidence']:.0%}), {latency['origin']}"
            f"{', extrapolated' if latency['extrapolated'] else ''}"
        )
