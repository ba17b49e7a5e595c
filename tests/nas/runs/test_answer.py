"""What was answered, there and back."""

import pytest

from nas.runs import AnswerText
from nas.runs.fields import Fields


def test_an_answer_comes_back() -> None:
    there = AnswerText(sentences=("Deploy it.", "It is worth it."), commands=("nas export it",))
    assert AnswerText.from_json(Fields(there.to_json(), "here")) == there


def test_an_answer_says_something() -> None:
    with pytest.raises(ValueError, match="an answer needs a sentence"):
        AnswerText.from_json(Fields({"sentences": []}, "here"))
