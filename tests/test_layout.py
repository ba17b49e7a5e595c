"""The layout: tests mirror the packages, functions fit a screen, and folders import only downwards."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("search_space", "predictors", "supernet", "nas")
MIRRORED = {"search_space": 0.8, "predictors": 0.8, "supernet": 0.8, "nas": 0.85}
"""Share of the modules of a package, `__init__.py` aside, that have a test file at their path."""
LONGEST = 60  # lines of a function, signature and docstring aside
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(package: str) -> list[Path]:
    """Files of a package, relative to the root."""
    return [path.relative_to(ROOT) for path in sorted((ROOT / package).rglob("*.py"))]


def parsed(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


@pytest.mark.parametrize("package", PACKAGES)
def test_tests_are_at_the_path_of_what_they_test(package: str) -> None:
    wanted = [path for path in modules(package) if path.name != "__init__.py"]
    lacking = [path for path in wanted if not (ROOT / "tests" / path.parent / f"test_{path.name}").is_file()]
    assert len(lacking) <= (1 - MIRRORED[package]) * len(wanted), "\n".join(map(str, lacking))


def length(function: Function) -> int:
    """Lines from the first statement after signature and docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_lengths_by_hand() -> None:
    text = 'def f(\n  x,\n):\n  """Two\n  lines."""\n  if x:\n    return 1\n  return 2\n\ndef g():\n  """None."""\n'
    first, second = ast.parse(text).body
    assert isinstance(first, ast.FunctionDef)
    assert isinstance(second, ast.FunctionDef)
    assert (length(first), length(second)) == (3, 0)


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_fit_a_screen(package: str) -> None:
    found = [
        f"{path}, line {node.lineno}: {node.name} has {length(node)} lines"
        for path in modules(package)
        for node in ast.walk(parsed(path))
        if isinstance(node, Function) and length(node) > LONGEST
    ]
    assert not found, "\n".join(found)


def room(name: str) -> str:
    """The folder or file right below the package that a module is in; the package itself has its own."""
    parts = name.split(".")
    return ".".join(parts[:2]) if len(parts) > 1 else f"{name}.__init__"


def imported(module: Path) -> Iterator[str]:
    """Dotted names of the modules of the same package that a module imports, wherever in the file."""
    package = module.parts[0]
    for node in ast.walk(parsed(module)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{module}: relative import"
            names = [node.module]
            if node.module == package:  # `from nas import words` reaches the module of that name
                below = [f"{package}.{each.name}" for each in node.names]
                names = [name if is_module(name) else package for name in below]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        yield from (name for name in names if name.split(".")[0] == package)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def arrows(package: str) -> dict[str, set[str]]:
    """Each room of a package to the other rooms that it imports from."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in modules(package):
        own = room(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
        found[own] |= {room(name) for name in imported(path)} - {own}
    return found


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of rooms that reach one another (Warshall's closure)."""
    reach = {name: set(targets) & set(graph) for name, targets in graph.items()}
    for middle in reach:
        for targets in reach.values():
            if middle in targets:
                targets |= reach[middle]
    groups = {
        tuple(sorted(other for other in reach if other in reach[name] and name in reach[other])) for name in reach
    }
    return sorted(list(group) for group in groups if len(group) > 1)


def test_circles_by_hand() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set[str](), "e": {"f", "a"}, "f": {"e"}}
    assert circles(graph) == [["a", "b", "c"], ["e", "f"]]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set[str]()}) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_import_only_downwards(package: str) -> None:
    found = arrows(package)
    assert sum(map(len, found.values())) > 0
    assert circles(found) == []
