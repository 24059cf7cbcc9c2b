"""Sealed text: AES-256-GCM under a key of its own per owner, which is itself wrapped by a master key.

A row that owns secrets (a person, a thread's member, a report) keeps its wrapped key in a column. When that row goes,
so does the key, and whatever else still holds the sealed bytes can't open them. (A backup from before holds both,
until it expires: see docs/adr/0006.) The context (table, row and owner) is authenticated, so that a ciphertext moved
to another row does not open.

Layout of a wrapped key: version (1 byte) | length of the master key's name (1) | the name | nonce (12) | ciphertext and
tag (48).
Layout of sealed bytes: version (1) | nonce (12) | ciphertext and tag. Nonces are random (NIST SP 800-38D, 8.2.2: at
most 2**32 per key; a thread would need decades).
"""

import os
from collections import OrderedDict
from collections.abc import Mapping
from typing import NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

WrappedKey = NewType("WrappedKey", bytes)
Sealed = NewType("Sealed", bytes)
KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = b"\x01"
_OPENED_KEYS_KEPT = 4096


class SealBroken(Exception):
    """Sealed bytes that don't open: altered, moved to another row, or sealed under a key that is gone."""

    def __init__(self) -> None:
        super().__init__("sealed data could not be opened")


class Vault:
    """Seals and opens text. Holds the master keys; `active` names the one that wraps new keys."""

    def __init__(self, master_keys: Mapping[str, bytes], active: str) -> None:
        self._masters = {name: AESGCM(key) for name, key in master_keys.items()}
        self._active = active
        self._opened: OrderedDict[bytes, AESGCM] = OrderedDict()

    def new_key(self) -> WrappedKey:
        """A fresh key, wrapped by the active master key."""
        name = self._active.encode()
        head = _VERSION + bytes([len(name)]) + name
        nonce = os.urandom(NONCE_BYTES)
        wrapped = self._masters[self._active].encrypt(nonce, os.urandom(KEY_BYTES), head)
        return WrappedKey(head + nonce + wrapped)

    def seal(self, key: WrappedKey, text: str, context: str) -> Sealed:
        """`text` encrypted for the row that `context` names. Raises: SealBroken when the key does not unwrap."""
        nonce = os.urandom(NONCE_BYTES)
        return Sealed(_VERSION + nonce + self._unwrap(key).encrypt(nonce, text.encode(), context.encode()))

    def open(self, key: WrappedKey, sealed: Sealed, context: str) -> str:
        """The text back. Raises: SealBroken."""
        if sealed[:1] != _VERSION:
            raise SealBroken
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._unwrap(key).decrypt(nonce, body, context.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error

    def _unwrap(self, wrapped: WrappedKey) -> AESGCM:
        if (opened := self._opened.get(wrapped)) is not None:
            self._opened.move_to_end(wrapped)
            return opened
        name_end = 2 + (wrapped[1] if len(wrapped) > 1 else 0)
        head, nonce = wrapped[:name_end], wrapped[name_end : name_end + NONCE_BYTES]
        master = self._masters.get(head[2:].decode(errors="replace"))
        if master is None:
            raise SealBroken
        try:
            opened = AESGCM(master.decrypt(nonce, wrapped[name_end + NONCE_BYTES :], head))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error
        self._opened[wrapped] = opened
        if len(self._opened) > _OPENED_KEYS_KEPT:
            self._opened.popitem(last=False)
        return opened
