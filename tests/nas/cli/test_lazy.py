"""Commands are loaded when they are asked for; until then the help has their sentences."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import nas.cli
from nas.cli.app import app
from nas.cli.lazy import COMMANDS, Lazy, load, sentence


@pytest.mark.parametrize("name", COMMANDS)
def test_a_sentence_is_how_the_help_of_its_command_begins(name: str) -> None:
    command = load(name)
    assert command.name == name
    assert sentence(name)
    assert str(command.help).partition("\n\n")[0] == sentence(name)


def test_the_help_of_all_loads_no_command() -> None:
    code = (
        "import sys; from nas.cli.app import app; app(standalone_mode=False)\n"
        f"print([name for name in {COMMANDS} if f'nas.cli.{{name}}' in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    assert found.stderr == "[]\n"
    assert all(sentence(name).split()[0] in found.stdout for name in COMMANDS)


def test_a_command_is_loaded_once() -> None:
    commands = Lazy()
    assert list(commands) == list(COMMANDS)
    assert commands["spaces"] is commands["spaces"]
    assert commands.get("teleport") is None


def test_every_function_that_is_a_command_is_in_the_table() -> None:
    """A file of the room whose function has its name is a command."""
    room = Path(inspect.getfile(nas.cli)).parent
    named = {path.stem for path in room.glob("*.py") if f"\ndef {path.stem}(" in path.read_text(encoding="utf-8")}
    assert named == set(COMMANDS)
    assert list(typer.main.get_command(app).commands) == list(COMMANDS)  # type: ignore[attr-defined]
