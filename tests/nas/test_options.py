"""Options as fields of a dataclass: their spellings, and the bounds that they keep."""

from dataclasses import dataclass, field

import pytest

from nas.errors import UserError
from nas.options import check_bounds, option, option_names, options, spellings


@dataclass(frozen=True, kw_only=True)
class Request:
    """Two numbers and a flag that are options, and a field that is none."""

    dry_run: bool = field(default=False, metadata=option("Only say.", names=("--say/--do",)))
    workers: int | None = field(default=None, metadata=option("How many.", least=1))
    hidden: int = -5
    max_trials: int = field(default=10, metadata=option("At most.", least=2, metavar="N"))


def test_the_fields_that_are_options_in_their_order() -> None:
    found = {each.name: each_option for each, each_option in options(Request)}
    assert list(found) == ["dry_run", "workers", "max_trials"]
    assert (found["max_trials"].help, found["max_trials"].metavar, found["max_trials"].least) == ("At most.", "N", 2)
    assert [each.name for each, _ in options(Request())] == list(found)


def test_spellings() -> None:
    found = {each.name: spellings(each.name, each_option) for each, each_option in options(Request)}
    assert found == {"dry_run": ("--say/--do",), "workers": ("--workers",), "max_trials": ("--max-trials",)}
    assert option_names(Request) == {"dry_run": "--say", "workers": "--workers", "max_trials": "--max-trials"}


def test_a_number_below_its_bound_is_refused_by_name() -> None:
    check_bounds(Request())
    check_bounds(Request(workers=1, max_trials=2))
    with pytest.raises(UserError, match="max_trials must be at least 2, got 1") as refused:
        check_bounds(Request(max_trials=1))
    assert refused.value.as_options(option_names(Request)) == "--max-trials must be at least 2, got 1"
    with pytest.raises(UserError, match="workers must be at least 1, got 0"):
        check_bounds(Request(workers=0))
