"""`nas collect`."""

from pathlib import Path

from nas.commands.console import progress, stderr, stdout
from nas.devices import find_device
from nas.errors import UserError
from nas.units import format_ms


def collect_command(
    *,
    device_name: str,
    space_name: str,
    out: Path,
    networks: int,
    blocks: int,
    rounds: int,
    threads: int,
    seed: int,
) -> None:
    """Measure a table on this machine."""
    from nas.collect import collect, make_plan
    from nas.measurement.protocol import MeasuringProtocol
    from search_space import named_space

    device, space = find_device(device_name), named_space(space_name)
    if not device.local:
        raise UserError(f"device {device.name} is not this machine; nas collect measures here: --device cpu")
    if networks < 12 or blocks < 0 or rounds < 2 or threads < 1:
        raise UserError("--networks must be at least 12, --blocks 0, --rounds 2 and --threads 1")
    plan = make_plan(space, networks=networks, blocks=blocks, seed=seed)
    protocol = MeasuringProtocol(rounds=rounds, threads=threads, seed=seed)
    counts = {split: sum(item.split == split for item in plan.items) for split in ("fit", "cal", "test", "")}
    stderr.print(
        f"{counts['fit']} networks to fit, {counts['cal']} to calibrate, {counts['test']} held out, "
        f"{counts['']} blocks; {rounds} interleaved rounds in {len(plan.groups)} groups, {threads} thread(s)"
    )
    with progress() as bar:
        task = bar.add_task("exporting and measuring", total=None, note="")
        table, made = collect(
            plan,
            device=device,
            space=space,
            folder=out,
            protocol=protocol,
            on_step=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if not made:
        stdout.print(f"{out}: complete, nothing to add ({len(table.rows)} rows)")
        return
    noisy = sum(row.quality != "ok" for row in table.rows)
    latencies = sorted(row.p50_ms for row in table.networks())
    stdout.print(
        f"{out}: {len(table.rows)} rows, {noisy} noisy; networks from {format_ms(latencies[0])} to "
        f"{format_ms(latencies[-1])}, noise floor {table.noise_floor():.1%}"
    )
    for warning in table.manifest.environment.get("warnings", []):
        stderr.print(f"note: {warning}", style="yellow")
