"""What a search keeps beside its tables is what is read."""

from collections.abc import Callable
from pathlib import Path

from nas.runs import AnswerText, Run, read, write_answer


def test_blocks_are_those_of_the_chosen_network(finished: Path, returned: Callable[[Path], Run]) -> None:
    there, here = returned(finished), read(finished)
    assert here.best is not None
    assert there.blocks == here.blocks
    assert there.blocks is not None
    assert there.blocks.arch_id == here.best.arch_id


def test_an_answer_is_read_with_the_run(run: Path) -> None:
    answer = AnswerText(sentences=("Deploy it.",), commands=("nas export it",))
    assert read(run).answer is None
    write_answer(run, answer)
    assert read(run).answer == answer
    (run / "answer.json").write_text("{")
    assert read(run).answer is None
