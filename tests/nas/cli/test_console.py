"""What every command prints with."""

import json

import pytest

from nas.cli.console import plain_table, print_json, print_notes, stdout, steps, tell, wrapped


def test_words_are_kept_whole() -> None:
    assert wrapped("one two\nthree /a/very/long/path", 8) == "one two\nthree\n/a/very/long/path"
    assert wrapped("", 8) == ""


def test_nothing_in_a_sentence_is_markup(capsys: pytest.CaptureFixture[str]) -> None:
    tell("[bold]10[/bold] ms")
    print_notes(["[red]note[/red]"])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("[bold]10[/bold] ms\n", "[red]note[/red]\n")


def test_json_is_strict(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"b": 1, "a": [2.5, None]})
    text = capsys.readouterr().out
    assert json.loads(text) == {"a": [2.5, None], "b": 1}
    assert text.index('"a"') < text.index('"b"')
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"a": float("nan")})


def test_numbers_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("name", "ms", text=("name",))
    table.add_row("a", "1")
    table.add_row("longer", "10")
    stdout.print(table)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "name    ms",
        "a        1",
        "longer  10",
    ]


def test_steps_are_told_now_and_then_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with steps("measuring", every_s=0.0) as step:
        step(0, 4)
        step(2, 4)
    assert capsys.readouterr().err.startswith("measuring: 2/4, about ")
