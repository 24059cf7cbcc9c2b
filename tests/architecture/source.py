"""The source tree, as the tests of this folder look at it."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import rinnalla
from rinnalla.kit.errors import DomainError

ROOT = Path(rinnalla.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
JOINERS = {
    "app",
    "backstage",
    "contract_files",
    "demo",
    "moving_in",
    "resetting",
    "server",
    "services",
    "setup",
    "tables",
    "worker",
    "__main__",
}
"""Modules that put features together and so may know their insides."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """The last name of everything that a file calls, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            yield name, node.lineno


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that a file imports by name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def every_refusal() -> list[type[DomainError]]:
    """All classes of refusals, wherever they stand."""
    for module in pkgutil.walk_packages([str(ROOT)], "rinnalla."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

    def below(parent: type[DomainError]) -> Iterator[type[DomainError]]:
        for child in parent.__subclasses__():
            yield child
            yield from below(child)

    return sorted(set(below(DomainError)), key=lambda error: error.code)
