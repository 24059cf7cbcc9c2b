"""The service's own secrets: from the settings, or kept in the data folder where the settings name none.

The database remembers a fingerprint of the master keys that it was used with, so that a service with a wrong or new key
stops at once instead of writing what nobody will be able to read.
"""

import base64
import hashlib
import os
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model
from rinnalla.kit.settings import Keys, SettingsError
from rinnalla.kit.vault import KEY_BYTES

MASTER_KEY_FILE = "master.key"
TOKEN_KEY_FILE = "token.key"  # noqa: S105 - a file's name


class MasterKeyFingerprint(Model):
    """A master key that sealed something in this database."""

    __tablename__ = "master_key_fingerprint"

    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]


async def master_keys(db: AsyncSession, given: Keys | None, folder: Path) -> Keys:
    """The master keys to work with: those given, or the one kept in the data folder, which is made only for a database
    that nothing was sealed in. Held against those that sealed something, and remembered.

    Raises: SettingsError when a key that sealed something is missing or another one has its name.
    """
    known = {row.name: row.digest for row in await db.scalars(select(MasterKeyFingerprint))}
    if given is None and (not known or (folder / MASTER_KEY_FILE).exists()):
        given = from_folder(folder, MASTER_KEY_FILE)
    keys = given or Keys({}, "")
    here = {name: hashlib.sha256(b"rinnalla master key" + key).digest() for name, key in keys.by_name.items()}
    for name, digest in known.items():
        if here.get(name) != digest:
            fault = (
                f"{name!r} is another one than this database was sealed with: put the old one back"
                if name in here
                else f"{name!r} that this database was sealed with is missing: put it back"
            )
            raise SettingsError(f"The master key {fault} into RINNALLA_MASTER_KEYS or RINNALLA_DATA (master.key).")
    db.add_all([MasterKeyFingerprint(name=name, digest=digest) for name, digest in here.items() if name not in known])
    return keys


def from_folder(folder: Path, file_name: str) -> Keys:
    """The key kept in the data folder, made on first use, readable by its owner only. Raises: SettingsError."""
    path = folder / file_name
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)))
    except FileExistsError:
        pass
    except OSError as error:
        raise SettingsError(
            f"RINNALLA_DATA: {path} can't be written ({error.strerror}): set it to another folder."
        ) from error
    try:
        key = base64.b64decode(path.read_bytes(), validate=True)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} can't be read as a key: put the backup of this file back.") from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path} is damaged: put the backup of this file back.")
    return Keys({"local": key}, "local")
