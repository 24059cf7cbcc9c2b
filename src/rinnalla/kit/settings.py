"""Settings: read once from the environment, checked before anything starts, then passed down in frozen sections."""

import base64
import binascii
import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from rinnalla.kit.vault import KEY_BYTES

MIN_TOKEN_KEY_BYTES = 32
MAX_PORT = 65535
_KEY_NAME = re.compile(r"[a-z0-9-]{1,32}")
_ORIGIN = re.compile(r"https?://[^/\s*]+")


# Any of these off in Postgres, and an acknowledged message can be gone after a power cut, or damaged without anyone
# noticing.
UNSAFE_WITHOUT = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
PREFIX = "RINNALLA_"
ALIKE = 0.7
NAMES = frozenset(
    PREFIX + name
    for name in (
        *("ACCEPT_UNSAFE_POSTGRES", "ALLOWED_ORIGINS", "DATA", "DRAIN_SECONDS", "HASH_WORKERS", "HOST", "ISSUER"),
        *("LIMIT_FACTOR", "LOG_LEVEL", "MASTER_KEYS", "POOL_SIZE", "PORT", "SOCKETS_PER_ADDRESS", "TOKEN_KEYS"),
        *("TRUSTED_PROXIES", "WORKERS"),
        *("URL", "DEMO_STAFF"),  # of the demo
        *("HTTPS_PORT", "TLS_FOLDER"),  # of compose.yaml
    )
)
MOST_FOR_DELIVERY = 4


class SettingsError(Exception):
    """A setting that makes no sense. The text is one line that says what to change."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Named keys: `active` is the one that new things are made with."""

    by_name: Mapping[str, bytes] = field(repr=False)
    active: str


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one socket may cost, in seconds. Only `per_address` can be set: clients are built for the others, which the
    contract prints, and tests make them shorter."""

    per_address: int = 50
    auth: float = 5.0
    send: float = 10.0
    ping_every: float = 25.0
    ping_answer: float = 20.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Times are in seconds, sizes in bytes."""

    data_folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    database_url: str | None = field(default=None, repr=False)
    bus_url: str | None = field(default=None, repr=False)
    accept_unsafe_postgres: tuple[str, ...] = ()
    pool_size: int = 10
    master_keys: Keys | None = None
    token_keys: Keys | None = None
    issuer: str = "rinnalla"
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    limit_factor: float = 1.0
    hash_workers: int = 1
    drain_seconds: float = 5.0
    log_level: str = "info"
    access_seconds: int = 600
    ticket_seconds: int = 30
    look_seconds: float = 5.0
    """Between two looks at what no word between processes told."""
    body_limit: int = 64 * 1024
    photo_limit: int = 8 * 1024 * 1024
    sockets: SocketLimits = SocketLimits()

    @property
    def delivery_pool_size(self) -> int:
        """How many of its own connections delivery has."""
        return min(MOST_FOR_DELIVERY, self.pool_size)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises: SettingsError."""
    _check_names(environ)
    return Settings(
        data_folder=Path(environ.get("RINNALLA_DATA") or platformdirs.user_data_path("rinnalla"))
        .expanduser()
        .absolute(),
        host=environ.get("RINNALLA_HOST") or "127.0.0.1",
        port=_whole(environ, "RINNALLA_PORT", 8000, 1, MAX_PORT),
        workers=_whole(environ, "RINNALLA_WORKERS", 1, 1, 64),
        database_url=_database_url(environ),
        bus_url=_bus_url(environ),
        accept_unsafe_postgres=_listed(environ, "RINNALLA_ACCEPT_UNSAFE_POSTGRES", UNSAFE_WITHOUT.__contains__),
        pool_size=_whole(environ, "RINNALLA_POOL_SIZE", 10, 2, 200),
        master_keys=_keys(environ, "RINNALLA_MASTER_KEYS", exactly=KEY_BYTES),
        token_keys=_keys(environ, "RINNALLA_TOKEN_KEYS", at_least=MIN_TOKEN_KEY_BYTES),
        issuer=environ.get("RINNALLA_ISSUER") or "rinnalla",
        allowed_origins=_listed(environ, "RINNALLA_ALLOWED_ORIGINS", _check_origin),
        trusted_proxies=_listed(environ, "RINNALLA_TRUSTED_PROXIES", _check_network),
        limit_factor=_number(environ, "RINNALLA_LIMIT_FACTOR", 1.0, 0.01, 1_000_000),
        hash_workers=_whole(environ, "RINNALLA_HASH_WORKERS", max(1, (os.cpu_count() or 1) - 1), 1, 64),
        drain_seconds=_number(environ, "RINNALLA_DRAIN_SECONDS", 5.0, 0, 60),
        log_level=_one_of(environ, "RINNALLA_LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
        sockets=SocketLimits(
            per_address=_whole(environ, "RINNALLA_SOCKETS_PER_ADDRESS", SocketLimits().per_address, 1, 10_000)
        ),
    )


def _check_names(environ: Mapping[str, str]) -> None:
    """A setting with a slip in its name would be a setting that is silently not made. Names that resemble none of ours
    may be somebody else's. Raises: SettingsError."""
    ours = {name.removeprefix(PREFIX): name for name in NAMES}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in NAMES:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), ours, n=1, cutoff=ALIKE)
            if near:
                raise SettingsError(f"{name} is no setting of Rinnalla: did you mean {ours[near[0]]}?")


def _whole(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise SettingsError(f"{name} is {text!r}: set it to a whole number from {low} to {high}.")
    return int(text)


def _number(environ: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SettingsError(f"{name} is {text!r}: set it to a number from {low:g} to {high:g}.")
    return value


def _one_of(environ: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = environ.get(name) or default
    if text not in choices:
        raise SettingsError(f"{name} is {text!r}: set it to one of {', '.join(choices)}.")
    return text


def _database_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("DATABASE_URL")
    if not url:
        return None
    scheme, found, rest = url.partition("://")
    try:
        urlsplit(url)
    except ValueError:  # a bracket that is neither of an address nor written as %5B
        found = ""
    if not found or not rest or scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        raise SettingsError("DATABASE_URL must look like postgresql://USER:PASSWORD@HOST:PORT/NAME, or be left out.")
    return f"postgresql+asyncpg://{rest}"


def _bus_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("BUS_URL")
    if not url:
        return None
    schemes = {"redis": "redis", "valkey": "redis", "rediss": "rediss", "valkeys": "rediss"}
    scheme, _, rest = url.partition("://")
    try:
        parts = urlsplit(url)
        fits = (
            bool(parts.hostname) and parts.port != 0 and re.fullmatch(r"(/[0-9]{0,4})?", parts.path) and not parts.query
        )
    except ValueError:
        fits = False
    if scheme not in schemes or not fits:
        raise SettingsError("BUS_URL must look like redis://HOST:PORT (rediss:// with TLS), or be left out.")
    return f"{schemes[scheme]}://{rest}"


def _keys(environ: Mapping[str, str], name: str, *, exactly: int = 0, at_least: int = 0) -> Keys | None:
    text = environ.get(name)
    if not text:
        return None
    found: dict[str, bytes] = {}
    for part in text.split(","):
        key_name, _, encoded = part.strip().partition(":")
        found[key_name] = _key(name, key_name, encoded, exactly, at_least)
    return Keys(found, next(iter(found)))


def _key(setting: str, name: str, encoded: str, exactly: int, at_least: int) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    fits = len(key) == exactly if exactly else len(key) >= at_least
    if not _KEY_NAME.fullmatch(name) or not fits or len(set(key)) < KEY_BYTES // 4:
        size = f"exactly {exactly}" if exactly else f"at least {at_least}"
        raise SettingsError(
            f"{setting} must be NAME:BASE64, more after commas, the one in use first; "
            f"each key {size} random bytes (openssl rand -base64 32)."
        )
    return key


def _listed(environ: Mapping[str, str], name: str, check: object) -> tuple[str, ...]:
    items = tuple(item.strip() for item in (environ.get(name) or "").split(",") if item.strip())
    for item in items:
        if not callable(check) or not check(item):
            raise SettingsError(f"{name} has {item!r}: {_WANTED[name]}.")
    return items


_WANTED = {
    "RINNALLA_ACCEPT_UNSAFE_POSTGRES": f"list any of {', '.join(UNSAFE_WITHOUT)}, separated by commas",
    "RINNALLA_ALLOWED_ORIGINS": "list origins like https://app.example.org, separated by commas",
    "RINNALLA_TRUSTED_PROXIES": "list addresses or networks like 10.0.0.0/8, separated by commas",
}


def _check_origin(item: str) -> bool:
    return _ORIGIN.fullmatch(item) is not None


def _check_network(item: str) -> bool:
    try:
        ipaddress.ip_network(item, strict=False)
    except ValueError:
        return False
    return True
