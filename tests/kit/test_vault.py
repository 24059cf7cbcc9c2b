"""Sealed text opens in its own row under its own key, and nowhere else."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.kit.vault import KEY_BYTES, SealBroken, Sealed, Vault, WrappedKey

OLD, NEW = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
VAULT = Vault({"old": OLD}, "old")
KEY = VAULT.new_key()
SEALED = VAULT.seal(KEY, "Moi! 🌙", "message:1")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(text=texts, context=texts)
def test_what_is_sealed_opens(text: str, context: str) -> None:
    assert VAULT.open(KEY, VAULT.seal(KEY, text, context), context) == text


@given(bit=st.integers(0, 8 * len(SEALED) - 1))
def test_no_bit_of_sealed_text_can_be_changed(bit: int) -> None:
    with pytest.raises(SealBroken):
        VAULT.open(KEY, Sealed(flipped(SEALED, bit)), "message:1")


@given(bit=st.integers(0, 8 * len(KEY) - 1))
def test_no_bit_of_a_wrapped_key_can_be_changed(bit: int) -> None:
    with pytest.raises(SealBroken):
        VAULT.open(WrappedKey(flipped(KEY, bit)), SEALED, "message:1")


@given(length=st.integers(0, len(SEALED) - 1))
def test_no_part_opens(length: int) -> None:
    with pytest.raises(SealBroken):
        VAULT.open(KEY, Sealed(SEALED[:length]), "message:1")


@given(length=st.integers(0, len(KEY) - 1))
def test_no_part_of_a_key_opens(length: int) -> None:
    with pytest.raises(SealBroken):
        VAULT.open(WrappedKey(KEY[:length]), SEALED, "message:1")


def test_it_does_not_open_in_another_row_or_under_another_key() -> None:
    with pytest.raises(SealBroken):
        VAULT.open(KEY, SEALED, "message:2")
    with pytest.raises(SealBroken):
        VAULT.open(VAULT.new_key(), SEALED, "message:1")


def test_the_same_text_never_looks_the_same() -> None:
    assert VAULT.seal(KEY, "Moi!", "message:1") != VAULT.seal(KEY, "Moi!", "message:1")


def test_after_a_change_of_master_keys_the_old_still_opens() -> None:
    both = Vault({"new": NEW, "old": OLD}, "new")
    assert both.open(KEY, SEALED, "message:1") == "Moi! 🌙"
    fresh = both.new_key()
    sealed = both.seal(fresh, "Hei", "message:2")
    assert Vault({"new": NEW}, "new").open(fresh, sealed, "message:2") == "Hei"
    with pytest.raises(SealBroken):
        Vault({"new": NEW}, "new").open(KEY, SEALED, "message:1")


def test_a_key_of_the_same_name_is_not_the_same_key() -> None:
    with pytest.raises(SealBroken):
        Vault({"old": NEW}, "old").open(KEY, SEALED, "message:1")


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
