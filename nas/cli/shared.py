"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from nas.cli.derived import typer_option
from nas.search.config import SearchConfig

# written out, so that the help needs no numpy; a test compares it with the spaces
SPACE_HELP = "Search space, and the parameters of its supernet: {spaces}."
SpaceOption = Annotated[str, typer.Option("--space", help=SPACE_HELP)]
DeviceOption = Annotated[str, typer.Option("--device", help="Target device or alias; see `nas devices`.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
ArchArgument = Annotated[
    str,
    typer.Argument(
        metavar="ARCH", help="Published name (mit-b1, mit-l2@384), arch_id prefix of a run, or a JSON file."
    ),
]

# as a search has them
SeedOption = Annotated[int, typer_option(SearchConfig, "seed")]
JudgedDataOption = Annotated[str | None, typer_option(SearchConfig, "data")]
SupernetOption = Annotated[Path | None, typer_option(SearchConfig, "accuracy")]
PredictorOption = Annotated[Path | None, typer_option(SearchConfig, "latency")]
ConfidenceOption = Annotated[float, typer_option(SearchConfig, "confidence")]

# of `nas collect` and `nas rivals`: how long and where networks are measured
TimeOption = Annotated[
    str | None, typer.Option("--time", help="Measure as many networks as fit into this: 90s, 20min, 2h.")
]
RoundsOption = Annotated[int, typer.Option("--rounds", help="Interleaved rounds per network and pass.")]
PassesOption = Annotated[
    int, typer.Option("--passes", help="How often all is measured; two tell how far minutes apart agree.")
]
ThreadsOption = Annotated[int, typer.Option("--threads", help="Threads of the runtime.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print the plan with its duration; measure nothing.")]
BundleOption = Annotated[
    Path | None, typer.Option("--bundle", metavar="FILE.zip", help="Write what a board needs to measure.")
]
ImportOption = Annotated[
    Path | None, typer.Option("--import", metavar="FILE", help="File the results that a bundle's runner left.")
]
HostOption = Annotated[str | None, typer.Option("--host", metavar="USER@BOARD", help="Measure on a board over ssh.")]
SshConfigOption = Annotated[
    Path | None, typer.Option("--ssh-config", metavar="FILE", help="ssh's configuration file, if not its own.")
]
RemotePythonOption = Annotated[str, typer.Option("--remote-python", help="Python of the board.")]
ROUNDS, PASSES, THREADS, REMOTE_PYTHON = 6, 2, 1, "python3"  # their defaults
