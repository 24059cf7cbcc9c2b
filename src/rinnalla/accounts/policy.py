"""Rules of names, passwords, codes and presence: no I/O."""

import hashlib
import secrets
import unicodedata
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import pyotp
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from rinnalla.accounts.models import PresenceDetail
from rinnalla.kit.caller import Role

MIN_PASSWORD = {Role.MENTEE: 8, Role.MENTOR: 8, Role.STAFF: 15, Role.ADMIN: 15}
MAX_PASSWORD = 256
RECOVERY_CODES = 10
TOTP_STEP_SECONDS = 30
DAYS_OF_A_WEEK = 7
_RECOVERY_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_RECOVERY_GROUPS, _RECOVERY_GROUP_LENGTH = 4, 4
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])
_MIN_DISTINCT = 4
# That list is English. These are what people here choose first; figures behind a word make it no better.
_COMMON_HERE = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())


def fold_login_name(name: str) -> str:
    """What two names share when they are the same to a person: width, case and outer space don't count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def password_fault(role: Role, password: str, login_name: str) -> str | None:
    """Why a password is refused (`too_short`, `too_common`), or None. Length over composition: NIST SP 800-63B-4."""
    if len(password) < MIN_PASSWORD[role]:
        return "too_short"
    folded = password.casefold()
    guessable = {fold_login_name(login_name), "rinnalla"}
    word = folded.rstrip("0123456789!?.")
    if {folded, word} & (_COMMON_HERE | guessable) or folded in _COMMON or len(set(folded)) < _MIN_DISTINCT:
        return "too_common"
    return None


def new_secret() -> str:
    """256 random bits for a token, in 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits, in groups that can be read aloud, without look-alike characters.

    80 bits against SHA-256 digests and a throttled door: NIST SP 800-63B-4, 3.1.2.1 asks for 64 at least.
    """
    return ["-".join(_recovery_group() for _ in range(_RECOVERY_GROUPS)) for _ in range(RECOVERY_CODES)]


def digest(secret: str) -> bytes:
    """SHA-256: enough for a secret that is itself random."""
    return hashlib.sha256(secret.encode()).digest()


def new_one_time_password() -> str:
    """80 random bits, in groups that can be read aloud and typed on a phone."""
    return "-".join(_recovery_group() for _ in range(_RECOVERY_GROUPS)).lower()


def totp_step(secret: str, code: str, moment: datetime) -> int | None:
    """The time step, the present one or a neighbour, that a second factor's code belongs to."""
    present = int(moment.timestamp()) // TOTP_STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        if totp.verify(code, for_time=step * TOTP_STEP_SECONDS):
            return step
    return None


def recovery_digest(code: str) -> bytes:
    """The digest of a recovery code as typed: case, spaces and hyphens don't count."""
    return digest("recovery:" + "".join(character for character in code.upper() if character.isalnum()))


def _recovery_group() -> str:
    return "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_GROUP_LENGTH))


class Presence(StrEnum):
    """What is seen of when someone is there."""

    ONLINE = "online"
    TODAY = "today"
    THIS_WEEK = "this_week"
    LONGER_AGO = "longer_ago"


def presence_shown(
    detail: str, days_ago: int | None, days_before: int | None, *, is_connected: bool
) -> Presence | None:
    """What others may see of someone who was here so many days ago, and the last time before that: never more than they
    allow. Who shows days shows only those that are over: else whoever looks often enough would see the minute in which
    a day's first visit begins."""
    if detail == PresenceDetail.HIDDEN or days_ago is None or days_before is None:
        return None
    if detail == PresenceDetail.DAY:
        days_ago = days_ago if days_ago > 0 else days_before
    elif is_connected:
        return Presence.ONLINE
    elif days_ago <= 0:
        return Presence.TODAY
    return Presence.THIS_WEEK if days_ago < DAYS_OF_A_WEEK else Presence.LONGER_AGO
