"""The bundled Postgres, where it can't start."""

from pathlib import Path

import pytest

from rinnalla.kit import embedded
from rinnalla.kit.settings import SettingsError


def enter(data_folder: Path) -> None:
    with embedded.postgres(data_folder):
        raise AssertionError("it started")


def test_a_folder_that_can_t_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SettingsError, match=r"RINNALLA_DATA: .*data/postgres can't be used \(File exists\): set it"):
        enter(tmp_path / "data")


def test_a_lock_that_can_t_be_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / embedded.LOCK).mkdir()
    with pytest.raises(SettingsError, match=r"RINNALLA_DATA: .* can't be used \(Is a directory\): set it"):
        enter(tmp_path)


def test_damaged_tables_are_left_as_they_are(own_data: Path) -> None:
    pgdata = own_data / embedded.FOLDER
    pgdata.mkdir()
    (pgdata / "PG_VERSION").write_text("18\n")
    with pytest.raises(SettingsError, match=r"The bundled Postgres in .* did not start"):
        enter(own_data)
    assert (pgdata / "PG_VERSION").read_text() == "18\n"
