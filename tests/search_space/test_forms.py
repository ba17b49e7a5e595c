"""Settings as JSON and back: one form, defaults left out where asked, errors that say where."""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from search_space.forms import as_tuples, canonical_json, checked_fields, plain, typed_from_dict
from search_space.parts import ADDED_LATER


@dataclass(frozen=True, kw_only=True)
class Inner:
    type: ClassVar[str] = "inner"

    size: int = 3


@dataclass(frozen=True, kw_only=True)
class Outer:
    type: ClassVar[str] = "outer"

    name: str
    sizes: tuple[int, ...] = (1, 2)
    inner: Inner | None = None
    later: int = field(default=0, metadata=ADDED_LATER)


TYPES: dict[str, Any] = {"outer": Outer}
INNER: dict[str, dict[str, Any]] = {"inner": {"inner": Inner}}


def test_every_field_is_written_but_later_ones_at_their_default() -> None:
    assert plain(Outer(name="a")) == {"type": "outer", "name": "a", "sizes": [1, 2], "inner": None}
    assert plain(Outer(name="a", later=1))["later"] == 1


def test_sparse_leaves_defaults_out_and_without_leaves_out_always() -> None:
    value = Outer(name="a", inner=Inner(size=5))
    assert plain(value, sparse=True) == {"type": "outer", "name": "a", "inner": {"type": "inner", "size": 5}}
    assert plain(value, sparse=True, without=("name",)) == {"type": "outer", "inner": {"type": "inner", "size": 5}}
    assert plain((1, (2, 3))) == [1, [2, 3]]


@pytest.mark.parametrize("value", [Outer(name="a"), Outer(name="b", sizes=(), inner=Inner(size=5), later=7)])
def test_there_and_back(value: Outer) -> None:
    for sparse in (False, True):
        text = canonical_json(plain(value, sparse=sparse))
        assert typed_from_dict(TYPES, json.loads(text), "here", inner=INNER) == value


def test_canonical_json_has_one_form() -> None:
    assert canonical_json({"b": 1, "a": [1, 2]}) == canonical_json({"a": [1, 2], "b": 1}) == '{"a":[1,2],"b":1}'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "here: unknown type \\[\\]; known: outer"),
        ({"name": "a"}, "here: unknown type None; known: outer"),
        ({"type": "outer"}, "here: missing field 'name'"),
        ({"type": "outer", "name": "a", "nome": 1}, "here: unknown field 'nome'; known: name, sizes, inner, later"),
        ({"type": "outer", "name": "a", "inner": {"type": "x"}}, "here, inner: unknown type 'x'; known: inner"),
    ],
)
def test_what_does_not_fit_is_named(data: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        typed_from_dict(TYPES, data, "here", inner=INNER)


def test_fields_are_checked_and_lists_become_tuples() -> None:
    found = checked_fields(Outer, {"name": "a", "sizes": [1, [2]], "inner": [1]}, "here", parts=("inner",))
    assert found == {"name": "a", "sizes": (1, (2,)), "inner": [1]}
    with pytest.raises(ValueError, match="here: must be an object, got str"):
        checked_fields(Outer, "a", "here")


def test_nothing_is_nothing() -> None:
    assert typed_from_dict(TYPES, None, "here") is None
    assert as_tuples("ab") == "ab"
