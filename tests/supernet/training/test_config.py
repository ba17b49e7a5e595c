"""Settings of a run: refused by name, a rate that warms up and falls to nothing, defaults for what came later."""

from dataclasses import asdict

import pytest

from supernet import TrainConfig
from supernet.training.config import with_defaults


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"recipe": "sandwitch"}, r"unknown recipe 'sandwitch'.*known: single-path, "),
        ({"batch": 0}, "batch must be at least 1, got 0"),
        ({"passes": 0}, "passes must be at least 1, got 0"),
        ({"ema": 1.0}, "ema must be from 0 to below 1, got 1.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be positive, got nan"),
    ],
)
def test_impossible_settings_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig(**values)  # type: ignore[arg-type]


def test_the_rate_rises_in_a_line_and_falls_in_a_cosine() -> None:
    config = TrainConfig(learning_rate=0.4, warm_up=0.1)
    assert [config.rate(step, 100) for step in (0, 4, 9)] == pytest.approx([0.04, 0.2, 0.4])
    assert config.rate(10, 100) == pytest.approx(0.4)
    assert config.rate(55, 100) == pytest.approx(0.2)  # half of the cosine
    assert config.rate(100, 100) == pytest.approx(0.0)
    assert TrainConfig(warm_up=0.0).rate(0, 1) > 0


def test_averages_have_a_short_memory_at_first() -> None:
    config = TrainConfig(ema=0.99)
    assert [config.averaging(step) for step in (0, 8)] == pytest.approx([0.1, 0.5])
    assert config.averaging(10_000) == 0.99


def test_stored_settings_are_completed_and_kept() -> None:
    config = TrainConfig(batch=8, seed=3)
    assert with_defaults(asdict(config)) == asdict(config)
    assert with_defaults({"batch": 8, "seed": 3}) == asdict(config)
    assert with_defaults({"batch": 8, "seed": 3, "gone": 1}) == {**asdict(config), "gone": 1}
