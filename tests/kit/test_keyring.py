"""Keys in the data folder, and a database that knows which keys it was used with."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from rinnalla.kit import keyring
from rinnalla.kit.database import Database
from rinnalla.kit.keyring import MasterKeyFingerprint
from rinnalla.kit.settings import Keys, SettingsError
from rinnalla.kit.vault import KEY_BYTES

OLD, NEW = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)


@pytest.fixture
async def database(postgres_url: str, clean: None) -> AsyncIterator[Database]:
    """Used with no key yet."""
    made = Database(postgres_url, pool_size=1)
    async with made.unit_of_work() as db:
        await db.execute(delete(MasterKeyFingerprint))
    yield made
    async with made.unit_of_work() as db:
        await db.execute(delete(MasterKeyFingerprint))
    await made.close()


async def check(database: Database, **keys: bytes) -> None:
    async with database.unit_of_work() as db:
        await keyring.master_keys(db, Keys(keys, next(iter(keys))), Path("not needed"))


async def kept(database: Database, folder: Path) -> Keys:
    async with database.unit_of_work() as db:
        return await keyring.master_keys(db, None, folder)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    made = keyring.from_folder(folder, "some.key")
    assert (folder / "some.key").stat().st_mode & 0o777 == 0o600
    assert len(made.by_name[made.active]) == KEY_BYTES
    assert keyring.from_folder(folder, "some.key").by_name == made.by_name
    assert keyring.from_folder(folder, "other.key").by_name != made.by_name
    assert made.by_name[made.active].hex() not in repr(made)


@pytest.mark.parametrize("content", [b"", b"AAAA", b"not base64!", b"\xff\xfe"])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.key"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="put the backup of this file back") as refused:
        keyring.from_folder(tmp_path, "some.key")
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == content


def test_a_folder_that_can_t_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"RINNALLA_DATA: .* can't be written"):
        keyring.from_folder(tmp_path, "no such folder/some.key")


async def test_the_keys_of_before_are_asked_for(database: Database) -> None:
    await check(database, old=OLD)
    await check(database, old=OLD)
    for wrong, why in (("old", "is another one than .*: put the old one back"), ("new", ".* is missing: put it back")):
        with pytest.raises(SettingsError, match=f"The master key 'old' {why} into") as refused:
            await check(database, **{wrong: NEW})
        assert "\n" not in str(refused.value)


async def test_a_new_key_is_taken_beside_the_old_and_remembered(database: Database) -> None:
    await check(database, old=OLD)
    await check(database, new=NEW, old=OLD)
    with pytest.raises(SettingsError, match="'new'"):
        await check(database, old=OLD)


async def test_what_was_refused_is_not_remembered(database: Database) -> None:
    await check(database, old=OLD)
    with pytest.raises(SettingsError):
        await check(database, new=NEW)
    await check(database, old=OLD)


async def test_the_first_key_of_a_database_is_made_and_kept(database: Database, tmp_path: Path) -> None:
    made = await kept(database, tmp_path)
    assert made == keyring.from_folder(tmp_path, "master.key")
    assert await kept(database, tmp_path) == made


async def test_where_something_was_sealed_no_key_is_made(database: Database, tmp_path: Path) -> None:
    await check(database, old=OLD)
    with pytest.raises(SettingsError, match="'old' that this database was sealed with is missing"):
        await kept(database, tmp_path / "other")
    assert not (tmp_path / "other").exists()
