"""Rules of the house that import-linter can't say."""

from pathlib import Path

import grimp
import pytest

from tests.architecture.source import FILES, JOINERS, calls, imported, name_of

MAX_LINES = 300
DOORS = {"service", "errors", "entry"}
"""`entry` is how one comes in: another face lets people in by the same one."""
WIRE = {"routes", "schemas", "frames", "news", "asyncapi"}
"""What speaks to clients may use the wire shapes of a feature below: the same thing looks the same everywhere."""
SPEAKS_HTTP = {"routes", "schemas", "guards", "door", "socket", "conversation"}
SPEAKS_SQL = {"repository", "models"}
NOT_SQL = {"sqlalchemy.ext.asyncio", "sqlalchemy.exc"}


def test_a_feature_has_two_doors_for_the_others() -> None:
    graph = grimp.build_graph("rinnalla", cache_dir=None)
    through_the_wall = []
    for importer in sorted(graph.modules):
        for target in sorted(graph.find_modules_directly_imported_by(importer)):
            here, there = importer.split("."), target.split(".")
            if len(here) < 2 or len(there) < 3 or here[1] == there[1]:
                continue
            doors = DOORS | {"schemas"} if here[-1].split("_")[0] in WIRE else DOORS
            if here[1] not in JOINERS and there[1] != "kit" and there[2] not in doors:
                through_the_wall.append(f"{importer} imports {target}")
    assert through_the_wall == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_file_grows_past_what_can_be_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES, "which two things is it?"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nobody_ends_a_transaction_but_the_unit_of_work(path: Path) -> None:
    ended = [f"{name_of(path)}:{line} {name}()" for name, line in calls(path) if name in {"commit", "rollback"}]
    assert path.parent.name == "kit" or ended == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_business_code_knows_no_web_framework(path: Path) -> None:
    folder = Path(name_of(path)).parts[0]
    if folder in {path.name, "kit", "ylitse"} or path.stem.split("_")[0] in SPEAKS_HTTP:
        return
    assert [module for module, _ in imported(path) if module.split(".")[0] == "litestar"] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_sql_is_spoken_in_repositories_and_models(path: Path) -> None:
    inside_a_feature = len(Path(name_of(path)).parts) == 2 and path.parent.name != "kit"
    if not inside_a_feature or path.stem.split("_")[0] in SPEAKS_SQL:
        return
    spoken = [
        f"{module}.{name}"
        for module, name in imported(path)
        if module.startswith("sqlalchemy") and module not in NOT_SQL
    ]
    assert spoken == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    if path.stem.split("_")[0] in {"models", "errors", "schemas"} and path.parent.name != "kit":
        return  # the feature's own docstring says it
    assert text.startswith('"""'), "a module begins with its reason"
