"""Arguments of `nas search`: those of `SearchConfig`, and what only the command line has."""

from collections.abc import Callable
from typing import Annotated

import typer

from nas.arguments.derived import takes
from nas.arguments.shared import JsonOption
from nas.search.config import SearchConfig
from nas.search.targets import targets_of


@takes(SearchConfig)
def search(
    ask: Callable[..., SearchConfig],
    device: Annotated[
        list[str], typer.Option("--device", help="Target device or alias; several, each with its --budget.")
    ],
    budget: Annotated[
        list[str], typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s; one per device.")
    ],
    limit: Annotated[
        list[str],
        typer.Option(
            "--limit", metavar="NAME=VALUE", help="At most: params=5M, macs=500M, memory=50MB, traffic=80MB."
        ),
    ] = [],  # noqa: B006
    max_params: Annotated[str | None, typer.Option("--max-params", help="--limit params=...")] = None,
    max_macs: Annotated[str | None, typer.Option("--max-macs", help="--limit macs=...")] = None,
    max_memory: Annotated[str | None, typer.Option("--max-memory", help="--limit memory=...")] = None,
    export: Annotated[bool, typer.Option("--export", help="Also write the chosen network as ONNX.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Also write the page of `nas report`.")] = False,
    join: Annotated[
        bool, typer.Option("--join", help="Be a further worker of the same command that runs already.")
    ] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Print all, not the rows around the answer.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the Pareto-optimal networks for a device and a latency budget.

    Killed at any moment, the same command goes on where it stopped, with another --engine too: all engines find the
    same front, whatever workers or nodes are lost on the way.

    Examples:

        nas search --device jetson --budget 10ms

        nas search --device jetson --budget 10ms --device cpu --budget 40ms --limit params=12M --fleet

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --export

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --engine processes

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --join

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --engine ray
        --workers 16 --address auto
    """
    from nas.commands.search import search_command
    from nas.search.objectives import limits_of

    older = {"params": max_params, "macs": max_macs, "memory": max_memory}
    typed = [*limit, *(f"{name}={text}" for name, text in older.items() if text is not None)]
    search_command(
        ask(targets=targets_of(device, budget), limits=limits_of(typed)),
        export=export,
        report=report,
        as_json=as_json,
        show_all=show_all,
        join=join,
    )
