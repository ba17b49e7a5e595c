"""Arguments of `nas search`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import JsonOption, JudgedDataOption, SeedOption, SupernetOption


def search(
    device: Annotated[
        list[str], typer.Option("--device", help="Target device or alias; several, each with its --budget.")
    ],
    budget: Annotated[
        list[str], typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s; one per device.")
    ],
    space: Annotated[
        str | None,
        typer.Option(
            "--space",
            help="Search space, see `nas spaces`, several joined by +; default: the supernet's, or all of ImageNet.",
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option("--confidence", help="Chance that the latency stays within the budget; 0.5: the median.")
    ] = 0.9,
    supernet: SupernetOption = None,
    data: JudgedDataOption = None,
    predictor: Annotated[
        Path | None, typer.Option("--predictor", metavar="FILE", help="Latency predictor (`nas fit --out`).")
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option("--trials", help="Architectures to try in a space; default 2000, with a supernet 400."),
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
        Path | None, typer.Option("--out", metavar="DIR", help="Run folder; default results/search/NAME.")
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
    rivals: Annotated[
        bool, typer.Option("--rivals/--no-rivals", help="Let networks compete that `nas rivals` measured.")
    ] = True,
    show_all: Annotated[bool, typer.Option("--all", help="Print all, not the rows around the answer.")] = False,
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
    from nas.commands.search import search_command
    from nas.search.request import SearchRequest

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
            rivals=rivals,
            engine=engine,
            workers=workers,
            address=address,
        ),
        export=export,
        report=report,
        as_json=as_json,
        show_all=show_all,
        join=join,
    )
