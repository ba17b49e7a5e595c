"""Values of a JSON object or of a line of CSV, taken out by name; what does not fit is refused by its column."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Fields:
    """Named values, `where` they stand, and whether they are `cells` of CSV, which are all text and empty if missing.

    Raises:
        ValueError: there is no object; names the place.
    """

    def __init__(self, values: object, where: str, *, cells: bool = False) -> None:
        if not isinstance(values, Mapping):
            raise ValueError(f"{where} must be an object, got {type(values).__name__}")
        self.values: Mapping[str, Any] = values
        self.where, self._cells = where, cells

    def refused(self, name: str, wanted: str) -> ValueError:
        """The error that names the place, the column and what stands there."""
        return ValueError(f"{self.where}, column {name}: must be {wanted}, got {self.values.get(name)!r}")

    def number(self, name: str) -> float:
        """A finite number."""
        found = self.optional_number(name)
        if found is None:
            raise self.refused(name, "a number")
        return found

    def optional_number(self, name: str) -> float | None:
        """A finite number; None where there is none, or one that is not finite."""
        value = self.values.get(name)
        if value is None or (self._cells and value == ""):
            return None
        if self._cells:
            try:
                value = float(value)
            except ValueError:
                raise self.refused(name, "a number") from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused(name, "a number")
        return value if math.isfinite(value) else None

    def whole(self, name: str) -> int:
        """A whole number."""
        found = self.optional_whole(name)
        if found is None:
            raise self.refused(name, "a whole number")
        return found

    def optional_whole(self, name: str) -> int | None:
        """A whole number, or None."""
        found = self.optional_number(name)
        if found is not None and found != int(found):
            raise self.refused(name, "a whole number")
        return None if found is None else int(found)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; `default` where it is missing or empty, if there is one."""
        value = self.values.get(name)
        if value is None or value == "":
            if default is None:
                raise self.refused(name, "a text")
            return default
        if not isinstance(value, str):
            raise self.refused(name, "a text")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or False; `default` where it is missing, if there is one."""
        value = self.values.get(name)
        if self._cells:
            value = {"True": True, "False": False, "": None}.get(str(value), value)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            raise self.refused(name, "True or False")
        return value

    def objects(self, name: str) -> tuple["Fields", ...]:
        """The objects of a list, none where it is missing."""
        return tuple(Fields(each, f"{self.where}, row {row} of {name}") for row, each in enumerate(self.list(name)))

    def list(self, name: str) -> Sequence[Any]:
        """A list, empty where it is missing."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            raise self.refused(name, "a list")
        return value

    def others(self, known: Iterable[str]) -> tuple[dict[str, float | None], dict[str, str]]:
        """Plain values of columns that are not `known`: numbers, None where there is none, and texts."""
        numbers, texts = dict[str, float | None](), dict[str, str]()
        for name in sorted(map(str, self.values.keys() - set(known))):
            value = self._plain(self.values[name])
            if isinstance(value, str):
                texts[name] = value
            elif value is None or isinstance(value, int | float):
                numbers[name] = value
        return numbers, texts

    def _plain(self, value: Any) -> Any:
        """A cell as the number that it spells, if it does; None for what is empty or not finite."""
        if self._cells:
            try:
                value = float(value) if value else None
            except ValueError:
                return value
        if isinstance(value, bool):
            return str(value)
        return None if isinstance(value, float) and not math.isfinite(value) else value


def table_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as CSV: every column that any of them has, empty where a row has none; one line break without rows."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return text.getvalue()


def table_rows(text: str, source: object) -> list[Fields]:
    """The lines of a CSV text, each with its number counted from 1 under the heading.

    Raises:
        ValueError: it is no CSV, or a line has another number of cells; names the `source` and the row.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True)
    found = []
    try:
        for number, row in enumerate(reader, start=1):
            where = f"{source} row {number}"
            if None in row or None in row.values():
                raise ValueError(f"{where}: needs {len(reader.fieldnames or ())} cells")
            found.append(Fields(row, where, cells=True))
    except csv.Error as error:
        raise ValueError(f"{source} is not CSV: {error}") from None
    return found
