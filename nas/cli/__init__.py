"""The command line: one file per command, its options and its printing together; `app` turns errors to exit codes.

What a command does is a function of the library; a command reads options, shows progress and prints.
"""

from nas.cli.app import main

__all__ = ["main"]
