"""The command line: `nas COMMAND`. Heavy libraries load inside the command that needs them."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from nas.errors import UserError

app = typer.Typer(
    name="nas",
    help="Find, measure and export the most accurate EfficientViT variant for a device and a latency budget.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

SpaceOption = Annotated[str, typer.Option("--space", help="Search space; see `nas spaces`.")]
DeviceOption = Annotated[str, typer.Option("--device", help="Target device or alias; see `nas devices`.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Same seed, same result.")]
JudgedDataOption = Annotated[
    str | None, typer.Option("--data", help="Judge on this data set; default: the one the supernet was trained on.")
]
SupernetOption = Annotated[
    Path | None, typer.Option("--supernet", metavar="DIR", help="Trained supernet (`nas train`).")
]
ArchArgument = Annotated[
    str, typer.Argument(metavar="ARCH", help="Published name (mit-b1), arch_id prefix of a run, or a JSON file.")
]


def main() -> NoReturn:
    """Run the command line; every expected error is one line on stderr with its exit code."""
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        _fail(error.format_message(), 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted; the same command continues where it stopped", 130)
    except UserError as error:
        _fail(str(error), error.exit_code)
    except ValueError as error:
        _fail(str(error), 2)
    except FloatingPointError as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(f"{error.filename or 'file'}: {error.strerror or error}", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> NoReturn:
    print(f"nas: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


@app.command()
def search(
    device: Annotated[
        list[str], typer.Option("--device", help="Target device or alias; several, each with its --budget.")
    ],
    budget: Annotated[
        list[str], typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s; one per device.")
    ],
    space: SpaceOption = "efficientvit",
    confidence: Annotated[
        float, typer.Option("--confidence", help="Chance that the latency stays within the budget; 0.5: the median.")
    ] = 0.9,
    supernet: SupernetOption = None,
    data: JudgedDataOption = None,
    predictor: Annotated[
        Path | None, typer.Option("--predictor", metavar="FILE", help="Latency predictor (`nas fit --out`).")
    ] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", help="Architectures to try; default 2000, with a supernet 400.")
    ] = None,
    evaluations: Annotated[
        int | None,
        typer.Option("--evaluations", help="With --supernet: new sub-networks to evaluate at most; 0: none."),
    ] = None,
    algorithm: Annotated[
        str,
        typer.Option("--algorithm", help="pareto, nsga2, nsga3, tpe, gp, random or a class of optuna.samplers."),
    ] = "pareto",
    max_params: Annotated[str | None, typer.Option("--max-params", help="Parameters at most: 5M.")] = None,
    max_macs: Annotated[str | None, typer.Option("--max-macs", help="Multiply-adds at most: 500M.")] = None,
    max_memory: Annotated[
        str | None, typer.Option("--max-memory", help="Weights and the busiest block's tensors at most: 50MB.")
    ] = None,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Networks for any of the devices; what sharing costs.")
    ] = False,
    objective: Annotated[
        list[str],
        typer.Option(
            "--objective", help="Minimise this too: macs, params or memory; several. Error and latency are."
        ),
    ] = [],  # noqa: B006
    rounds: Annotated[
        int,
        typer.Option("--rounds", help="With --measure: search, measure and refit at most so often; 1: no refit."),
    ] = 3,
    warm: Annotated[
        bool, typer.Option("--warm/--cold", help="With --supernet: start from all earlier evaluations of it.")
    ] = True,
    seed: SeedOption = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Run folder; default results/search/<name>.")
    ] = None,
    measure: Annotated[
        bool | None, typer.Option("--measure/--no-measure", help="Measure the front; default: if the device is here.")
    ] = None,
    export: Annotated[bool, typer.Option("--export", help="Also write the chosen network as ONNX.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Also write the page of `nas report`.")] = False,
    engine: Annotated[
        str, typer.Option("--engine", help="With --supernet, who evaluates: local (this process), processes, ray.")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option("--workers", help="Workers of --engine; default one per core, at most 8.")
    ] = None,
    address: Annotated[
        str | None, typer.Option("--address", help="Ray cluster: auto or HEAD:6379; default: one on this machine.")
    ] = None,
    join: Annotated[
        bool, typer.Option("--join", help="Be a further worker of the same command that runs already.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the Pareto-optimal networks for a device and a latency budget.

    Killed at any moment, the same command goes on where it stopped, with another --engine too: all engines find the
    same front, whatever workers or nodes are lost on the way.

    Examples:

        nas search --device jetson --budget 10ms

        nas search --device jetson --budget 10ms --device cpu --budget 40ms --max-params 12M --fleet

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --export

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --engine processes

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --join

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --engine ray
        --workers 16 --address auto
    """
    from nas.commands.search import SearchRequest, search_command

    search_command(
        SearchRequest(
            devices=device,
            budgets=budget,
            space=space,
            confidence=confidence,
            supernet=supernet,
            data=data,
            predictor=predictor,
            trials=trials,
            evaluations=evaluations,
            algorithm=algorithm,
            max_params=max_params,
            max_macs=max_macs,
            max_memory=max_memory,
            fleet=fleet,
            objectives=objective,
            rounds=rounds,
            warm=warm,
            seed=seed,
            out=out,
            measure=measure,
            export=export,
            report=report,
            as_json=as_json,
            engine=engine,
            workers=workers,
            address=address,
            join=join,
        )
    )


@app.command(name="report")
def report_page(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder of a finished search, or its name.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html in the run's folder.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML page of a finished search: charts, every network, downloads, where each number comes from.

    The page needs no network and no other file.

    Example: nas report results/search/my-run
    """
    from nas.commands.report import report_command

    report_command(run, out=out, as_json=as_json)


@app.command()
def explain(
    device: DeviceOption,
    budget: Annotated[str, typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s.")],
    space: SpaceOption = "efficientvit",
    confidence: Annotated[
        float, typer.Option("--confidence", help="Chance that the latency stays within the budget; 0.5: the median.")
    ] = 0.9,
    predictor: Annotated[
        Path | None, typer.Option("--predictor", metavar="FILE", help="Latency predictor (`nas fit --out`).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Can the budget be met, and what does each choice buy in milliseconds and expected accuracy?

    Exit code 3 when even the fastest network of the space is too slow; the nearest budget that can be met is named.

    Example: nas explain --device jetson --budget 10ms
    """
    from nas.commands.explain import explain_command

    explain_command(
        device, budget=budget, space_name=space, confidence=confidence, predictor=predictor, as_json=as_json
    )


@app.command()
def devices(as_json: JsonOption = False) -> None:
    """List the known devices and where their latencies come from."""
    from nas.commands.show import devices_command

    devices_command(as_json=as_json)


@app.command()
def spaces(as_json: JsonOption = False) -> None:
    """List the search spaces: size, choices, published members."""
    from nas.commands.show import spaces_command

    spaces_command(as_json=as_json)


@app.command()
def show(
    arch: ArchArgument,
    resolution: Annotated[
        str | None, typer.Option("--resolution", help="Another input size: 256 or 1024x2048.")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help="Also the latency on this device.")] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Confidence of the latency interval.")] = 0.9,
    space: SpaceOption = "efficientvit",
    as_json: JsonOption = False,
) -> None:
    """Show an architecture: levels, blocks, shapes, parameters, multiply-adds, latency.

    Example: nas show mit-b1 --device jetson
    """
    from nas.commands.show import show_command

    show_command(arch, resolution=resolution, device=device, confidence=confidence, space=space, as_json=as_json)


@app.command()
def collect(
    device: DeviceOption,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="TABLE", help="Folder of the table; default results/latency/<device>-<space>."),
    ] = None,
    space: SpaceOption = "efficientvit",
    networks: Annotated[int, typer.Option("--networks", help="Whole networks to measure.")] = 96,
    blocks: Annotated[int, typer.Option("--blocks", help="Single blocks to measure.")] = 24,
    top_up: Annotated[
        Path | None, typer.Option("--top-up", metavar="RUN", help="Also the front of this search (`nas search`).")
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="Measure as many of both as fit into this: 90s, 20min, 2h.")
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", help="Interleaved rounds per network and pass.")] = 6,
    passes: Annotated[
        int, typer.Option("--passes", help="How often all is measured; two tell how far minutes apart agree.")
    ] = 2,
    threads: Annotated[int, typer.Option("--threads", help="Threads of the runtime.")] = 1,
    batch: Annotated[int | None, typer.Option("--batch", help="Images per call; default: the device's.")] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="fp32, fp16, bf16 or int8; default: the device's.")
    ] = None,
    seed: SeedOption = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and measure nothing.")] = False,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="FILE.zip", help="Write what a board needs to measure."),
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="File the results that a bundle's runner left.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="USER@BOARD", help="Measure on a board over ssh.")
    ] = None,
    ssh_config: Annotated[
        Path | None, typer.Option("--ssh-config", metavar="FILE", help="ssh's configuration file, if not its own.")
    ] = None,
    remote_python: Annotated[str, typer.Option("--remote-python", help="Python of the board.")] = "python3",
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="ADDRESS", help="Measure on the boards of a Ray cluster; auto."),
    ] = None,
    mixed_machines: Annotated[
        bool, typer.Option("--mixed-machines", help="Import results of several equal machines as one table.")
    ] = False,
) -> None:
    """Measure a latency table: here, or on a board with a bundle. The plan is printed first, with its duration.

    Every run is on disk before the next begins; the same command continues after a kill, and adds nothing to a table
    that is complete.

    Examples:

        nas collect --device cpu --space digits --out results/latency/cpu-digits

        nas collect --device my-board --bundle my-board.zip

        nas collect --device my-board --import results.jsonl

        nas collect --device my-board --host user@board

        nas collect --device my-board --ray auto
    """
    from nas.commands.collect import CollectRequest, collect_command

    collect_command(
        CollectRequest(
            device=device,
            space=space,
            out=out,
            networks=networks,
            blocks=blocks,
            top_up=top_up,
            time=time,
            rounds=rounds,
            passes=passes,
            threads=threads,
            batch=batch,
            precision=precision,
            seed=seed,
            dry_run=dry_run,
            bundle=bundle,
            results=results,
            host=host,
            ssh_config=ssh_config,
            remote_python=remote_python,
            ray=ray,
            mixed_machines=mixed_machines,
        )
    )


@app.command()
def fit(
    device: Annotated[str, typer.Option("--device", help="Device of the table; a new one becomes known.")],
    table: Annotated[
        Path | None, typer.Option("--table", metavar="TABLE", help="Latency table (`nas collect`).")
    ] = None,
    known: Annotated[
        str | None, typer.Option("--from", metavar="DEVICES", help="Known devices to start from: cpu,jetson-nano.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=2, help="With --from: use this many networks of the table.")
    ] = None,
    probe: Annotated[
        int | None, typer.Option("--probe", help="Fit nothing: name the next networks to measure.")
    ] = None,
    space: SpaceOption = "efficientvit",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Predictor file; default: where `nas search` looks.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a latency predictor to a table and judge it on networks that were not fitted.

    A plot of predicted against measured is written beside the predictor. With --from, a new device needs a handful
    of networks: they are added to what known devices say. With --probe, the networks are named that tell most, in
    order, with the error to expect after each; their files go to --out.

    Examples:

        nas fit --device cpu --table results/latency/cpu-digits

        nas fit --device my-board --probe 10

        nas fit --device my-board --from cpu,jetson-nano --samples 10 --table results/latency/my-board
    """
    from nas.commands.fit import FitRequest, fit_command

    fit_command(
        FitRequest(
            device=device,
            table=table,
            known=known,
            samples=samples,
            probe=probe,
            space=space,
            out=out,
            as_json=as_json,
        )
    )


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the supernet.")],
    space: SpaceOption = "digits",
    data: Annotated[
        str,
        typer.Option(
            "--data",
            help="digits, cluttered-digits, fractals (options: fractals:classes=100,size=32), or a folder of "
            "images in train/CLASS and val/CLASS.",
        ),
    ] = "digits",
    recipe: Annotated[
        str, typer.Option("--recipe", help="Training algorithm, or auto: the winner of a short race; see below.")
    ] = "single-with-largest",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the training images.")] = 20,
    passes: Annotated[
        int | None,
        typer.Option("--passes", min=1, help="Length in sub-network passes instead, to compare recipes fairly."),
    ] = None,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Images of a micro-batch, on each process.")] = 64,
    accumulate: Annotated[int, typer.Option("--accumulate", min=1, help="Micro-batches of a step.")] = 1,
    learning_rate: Annotated[float, typer.Option("--lr", help="Highest learning rate.")] = 5e-3,
    weight_decay: Annotated[float, typer.Option("--weight-decay", help="Of AdamW.")] = 0.02,
    ema: Annotated[float, typer.Option("--ema", help="Decay of averaged weights, say 0.999; 0: none.")] = 0.0,
    drop_path: Annotated[float, typer.Option("--drop-path", help="Chance to skip the last block.")] = 0.0,
    bf16: Annotated[bool, typer.Option("--bf16", help="Mixed precision.")] = False,
    channels_last: Annotated[bool, typer.Option("--channels-last", help="Memory format of the images.")] = False,
    resolutions: Annotated[
        str | None, typer.Option("--resolutions", help="Other input sizes than the space's: 96,128.")
    ] = None,
    init: Annotated[
        Path | None, typer.Option("--init", metavar="FILE", help="Start from a published checkpoint (safetensors).")
    ] = None,
    save_every: Annotated[float, typer.Option("--save-every", metavar="SECONDS", help="How often to save.")] = 60.0,
    workers: Annotated[
        int | None, typer.Option("--ray-workers", min=1, help="Train on that many workers of a Ray cluster.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--ray-address", help="The cluster: auto, ray://host:10001; default: started here."),
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Train a supernet.

    Killed at any moment, the same command goes on and ends with the same weights. Recipes: single-path,
    single-with-largest, single-then-pair, sandwich (BigNAS), sandwich-alpha (AlphaNet), largest-then-sandwich,
    progressive-shrinking (Once-for-all), attentive-best and attentive-worst (AttentiveNAS), auto. The ledger counts
    what a run spends on which choices. Several processes: torchrun --nproc-per-node 2 -m nas.cli train ...,
    or --ray-workers 2; --out has to be a folder that all of them see.

    The space takes the classes and channels of the data. --init puts the weights of a published member (timm's,
    the authors' or ours, recognised by its keys) where that member reads them; the rest is initialised.

    Examples:

        nas train --space digits --data cluttered-digits --out results/supernet/digits

        nas train --space efficientvit --data photos --resolutions 128,160 --recipe auto --ema 0.999 --out photos-net

        nas train --space efficientvit --data photos --init efficientvit_m0.safetensors --out m0-photos
    """
    from nas.commands.train import train_command

    train_command(
        space_name=space,
        data_name=data,
        out=out,
        config={
            "recipe": recipe,
            "epochs": epochs,
            "passes": passes,
            "batch": batch,
            "accumulate": accumulate,
            "learning_rate": learning_rate,
            "weight_decay": weight_decay,
            "ema": ema,
            "drop_path": drop_path,
            "bf16": bf16,
            "channels_last": channels_last,
            "seed": seed,
        },
        resolutions=resolutions,
        init=init,
        save_every=save_every,
        workers=workers,
        address=address,
        as_json=as_json,
    )


@app.command()
def evaluate(
    arch: ArchArgument,
    supernet: Annotated[Path, typer.Option("--supernet", metavar="DIR", help="Trained supernet.")],
    data: JudgedDataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accuracy of a sub-network with the supernet's weights on held-out images."""
    from nas.commands.train import evaluate_command

    evaluate_command(arch, supernet=supernet, data=data, as_json=as_json)


@app.command()
def audit(
    supernet: Annotated[Path, typer.Option("--supernet", metavar="DIR", help="Trained supernet.")],
    networks: Annotated[int, typer.Option("--networks", help="Sub-networks to train alone.")] = 24,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Epochs of each network alone.")] = 10,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Steps of each instead of epochs.")] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Does the supernet rank sub-networks as training them alone would? Trust, trust within bins, or do not trust.

    Networks spread over the space are trained alone and compared with what they inherit: Kendall, Spearman and regret
    with bootstrap intervals, beside the ranking by multiply-adds alone, and a scatter plot. Every search on that
    supernet prints the verdict. Killed at any moment, the same command goes on.

    Example: nas audit --supernet results/supernet/digits --networks 24 --epochs 10
    """
    from nas.commands.audit import audit_command

    audit_command(supernet, networks=networks, epochs=epochs, steps=steps, seed=seed, as_json=as_json)


@app.command()
def export(
    arch: ArchArgument,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: <name>.onnx.")] = None,
    export_format: Annotated[str, typer.Option("--format", help="onnx or safetensors.")] = "onnx",
    supernet: SupernetOption = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="Published checkpoint: timm's or the authors'.")
    ] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Images per call, fixed in the file.")] = 1,
    resolution: Annotated[str | None, typer.Option("--resolution", help="Another input size.")] = None,
    seed: SeedOption = 0,
) -> None:
    """Write a deployable file, checked against PyTorch; a failed check leaves no file.

    Without --supernet or --weights the weights are random: good for measuring, not for use. Checkpoints are
    safetensors files, or torch files that hold tensors alone.

    Examples:

        nas export mit-b1 --format onnx --out b1.onnx

        nas export msra-m4 --weights efficientvit_m4.safetensors
    """
    from nas.commands.export import export_command

    export_command(
        arch,
        out=out,
        export_format=export_format,
        supernet=supernet,
        weights=weights,
        batch=batch,
        resolution=resolution,
        seed=seed,
    )


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Checkpoint: safetensors, or torch of tensors.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The safetensors file to write.")],
    to: Annotated[str, typer.Option("--to", help="Names to write: native, timm or authors.")] = "native",
    arch: Annotated[
        str | None, typer.Option("--arch", metavar="ARCH", help="The architecture; default: recognised by the keys.")
    ] = None,
) -> None:
    """Rewrite a checkpoint between the names of timm, of the authors and of this project, bit for bit.

    A missing, extra or misshaped key is named. The file is read back before it is kept.

    Example: nas convert efficientvit_b1.safetensors --to authors --out b1.safetensors
    """
    from nas.commands.convert import convert_command

    convert_command(file, to=to, out=out, arch_text=arch)


if __name__ == "__main__":
    main()
