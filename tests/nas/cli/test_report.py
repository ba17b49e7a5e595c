"""`nas report`: where the page is and what it lacks."""

import json
from pathlib import Path

import pytest

from nas.cli.report import print_page, report
from nas.runs import read


def test_the_page_is_named_with_its_gaps(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    report(str(finished), out=page, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found == {"report": str(page), "bytes": page.stat().st_size, "gaps": list(read(finished).gaps)}
    report(str(finished), out=page, as_json=False)
    said = capsys.readouterr()
    assert str(page) in said.out
    assert "Nothing to compare predictions with" in " ".join(said.err.split())


def test_a_page_or_the_command_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_page(Path("my run"), None)
    print_page(Path("my run"), "page.html")
    assert capsys.readouterr().out == "for a page of it: nas report 'my run'\nreport: page.html\n"
