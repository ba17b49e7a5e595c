"""Settings as plain JSON values and back: one canonical form, read with errors that say where."""

import json
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any


def plain(value: Any, *, sparse: bool = False, without: tuple[str, ...] = ()) -> Any:
    """A dataclass of this package as plain JSON values, with its `type` if it has one.

    Every field is written, or with `sparse` every field that is not at its default; fields that were added later are
    never written at their default, and those `without` not at all.
    """
    if isinstance(value, tuple):
        return [plain(item, sparse=sparse) for item in value]
    if not is_dataclass(value):
        return value
    result: dict[str, Any] = {}
    if (kind := getattr(value, "type", None)) is not None:
        result["type"] = kind
    for name, default, added_later in _written(value.__class__):
        if name in without:
            continue
        item = getattr(value, name)
        if not ((sparse or added_later) and item == default):
            result[name] = plain(item, sparse=sparse)
    return result


@cache
def _written(cls: Any) -> tuple[tuple[str, object, bool], ...]:
    """Name and default of each field, and whether it was added later."""
    return tuple((field.name, _default(field), field.metadata.get("added_later", False)) for field in fields(cls))


def _default(field: Any) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def canonical_json(values: object) -> str:
    """One line with sorted keys."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def checked_fields(cls: type, data: object, where: str, *, parts: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of `cls` in parsed JSON, lists of plain values as tuples, those named in `parts` as they are.

    Raises:
        ValueError: not an object, an unknown or a missing field; says where.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{where}: must be an object, got {type(data).__name__}")
    known = {field.name: field for field in fields(cls)}
    if unknown := sorted(set(data) - set(known)):
        raise ValueError(f"{where}: unknown field {unknown[0]!r}; known: {', '.join(known)}")
    needed = {name for name, field in known.items() if _default(field) is MISSING}
    if missing := sorted(needed - set(data)):
        raise ValueError(f"{where}: missing field {missing[0]!r}")
    return {name: value if name in parts else as_tuples(value) for name, value in data.items()}


def typed_from_dict(
    types: dict[str, Any], data: object, where: str, *, inner: dict[str, dict[str, Any]] | None = None
) -> Any:
    """The member of a registry that parsed JSON describes by its `type`; None is None.

    `inner` names fields that are members of registries of their own.

    Raises:
        ValueError: unknown type or fields; says where.
    """
    if data is None:
        return None
    if not isinstance(data, dict) or data.get("type") not in types:
        found = data.get("type") if isinstance(data, dict) else data
        raise ValueError(f"{where}: unknown type {found!r}; known: {', '.join(types)}")
    cls, registries = types[data["type"]], inner or {}
    own = {name: value for name, value in data.items() if name != "type"}
    values = checked_fields(cls, own, where, parts=tuple(registries))
    for name, registry in registries.items():
        if name in values:
            values[name] = typed_from_dict(registry, values[name], f"{where}, {name}")
    return cls(**values)


def as_tuples(value: object) -> object:
    """Lists, nested ones too, as tuples."""
    return tuple(as_tuples(item) for item in value) if isinstance(value, list) else value
