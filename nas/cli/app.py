"""The command line: `nas COMMAND`. Heavy libraries load inside the command that needs them."""

import sys
from shutil import get_terminal_size
from textwrap import wrap
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from nas.cli.lazy import LazyGroup
from nas.errors import UserError

app = typer.Typer(
    name="nas",
    cls=LazyGroup,
    help="Find, measure and export the most accurate EfficientViT variant for a device and a latency budget.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_versions(wanted: bool) -> None:
    if wanted:
        from nas.versions import versions

        print("\n".join(f"{name} {version}" for name, version in versions().items()))
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print versions and exit.", is_eager=True, callback=_print_versions),
    ] = False,
) -> None:
    del version  # its callback has printed


def main() -> NoReturn:
    """Run the command line; every expected error is one line on stderr with its exit code."""
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        _fail(error.format_message(), 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted; the same command continues where it stopped", 130)
    except UserError as error:
        from nas.options import option_names
        from nas.search.config import SearchConfig

        _fail(error.as_options(option_names(SearchConfig)), error.exit_code)
    except ValueError as error:
        _fail(str(error), 2)
    except FloatingPointError as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(f"{error.filename or 'file'}: {error.strerror or error}", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> NoReturn:
    """End with one line on stderr; on a terminal wrapped at words, so that paths and names stay whole."""
    line = f"nas: {' '.join(message.split())}"
    if sys.stderr.isatty():
        columns = get_terminal_size().columns
        line = "\n".join(wrap(line, columns, break_long_words=False, break_on_hyphens=False))
    print(line, file=sys.stderr)
    sys.exit(code)
