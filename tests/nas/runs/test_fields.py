"""Values taken out by name: what fits, what is missing, what is refused by its column."""

import pytest

from nas.runs.fields import Fields, table_rows, table_text


def test_values_of_json() -> None:
    found = Fields({"a": 1, "b": 1.5, "c": "x", "d": True, "e": None, "f": [{"a": 2}]}, "here")
    assert (found.number("a"), found.number("b"), found.whole("a"), found.text("c")) == (1, 1.5, 1, "x")
    assert (found.flag("d"), found.flag("missing", False)) == (True, False)
    assert found.optional_number("e") is found.optional_number("missing") is found.optional_whole("e") is None
    assert (found.text("e", "default"), found.list("missing")) == ("default", [])
    assert [(each.whole("a"), each.where) for each in found.objects("f")] == [(2, "here, row 0 of f")]


@pytest.mark.parametrize(
    ("getter", "value", "wanted"),
    [
        ("number", "1", "a number"),
        ("number", True, "a number"),
        ("number", None, "a number"),
        ("number", float("nan"), "a number"),
        ("optional_number", [1], "a number"),
        ("whole", 1.5, "a whole number"),
        ("whole", None, "a whole number"),
        ("text", 1, "a text"),
        ("text", "", "a text"),
        ("flag", "True", "True or False"),
        ("flag", 1, "True or False"),
        ("list", {}, "a list"),
    ],
)
def test_what_does_not_fit_is_refused_by_place_and_column(getter: str, value: object, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"here, column name: must be {wanted}, got "):
        getattr(Fields({"name": value}, "here"), getter)("name")


def test_an_object_is_needed() -> None:
    with pytest.raises(ValueError, match="here must be an object, got list"):
        Fields([], "here")
    with pytest.raises(ValueError, match="here, row 1 of rows must be an object, got int"):
        Fields({"rows": [{}, 3]}, "here").objects("rows")


def test_cells_are_text_that_is_read() -> None:
    found = Fields({"a": "1", "b": "1.5", "c": "", "d": "True", "e": "x", "f": "inf"}, "here", cells=True)
    assert (found.whole("a"), found.number("b"), found.flag("d"), found.text("e")) == (1, 1.5, True, "x")
    assert found.optional_number("c") is found.optional_number("f") is None
    assert found.flag("c", False) is False
    with pytest.raises(ValueError, match="column e: must be a number, got 'x'"):
        found.optional_number("e")
    assert found.others({"a", "b"}) == ({"c": None, "f": None}, {"d": "True", "e": "x"})


def test_others_are_plain_values_alone() -> None:
    found = Fields({"a": 1, "z": "x", "b": [1], "c": None, "d": float("nan"), "e": True}, "here")
    assert found.others({"a"}) == ({"c": None, "d": None}, {"e": "True", "z": "x"})


def test_a_table_comes_back(tmp_path: object) -> None:
    rows = [{"a": 1, "b": "x, y"}, {"a": None, "c": True}]
    text = table_text(rows)
    assert text == 'a,b,c\n1,"x, y",\n,,True\n'
    first, second = table_rows(text, "file")
    assert (first.where, first.whole("a"), first.text("b"), second.flag("c")) == ("file row 1", 1, "x, y", True)
    assert table_text([]) == "\n"
    assert table_rows("\n", "file") == []


@pytest.mark.parametrize("line", ["1", "1,2,3"])
def test_a_line_with_too_few_or_many_cells_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="file row 2: needs 2 cells"):
        table_rows(f"a,b\n1,2\n{line}\n", "file")


def test_what_is_no_csv_is_named() -> None:
    with pytest.raises(ValueError, match="file is not CSV"):
        table_rows('a,b\n"1"x,2\n', "file")
