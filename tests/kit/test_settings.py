"""Settings are read once and whole: what makes no sense stops the start with one line that says what to change."""

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.kit.settings import NAMES, SettingsError, read_settings


def key(size: int = 32) -> str:
    """Always the same of one size, because it is part of tests' names."""
    return base64.b64encode(bytes(range(size))).decode()


def test_nothing_set_is_enough() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, None)
    assert (settings.master_keys, settings.allowed_origins, settings.limit_factor) == (None, (), 1.0)
    assert settings.data_folder.is_absolute()
    assert settings.hash_workers >= 1


def test_everything_set_is_kept() -> None:
    first, second = key(), base64.b64encode(bytes(range(100, 132))).decode()
    settings = read_settings(
        {
            "RINNALLA_DATA": "~/somewhere",
            "RINNALLA_HOST": "::1",
            "RINNALLA_PORT": "8080",
            "DATABASE_URL": "postgres://aino:salasana@db:5432/rinnalla",
            "BUS_URL": "valkey://bus:6379/0",
            "RINNALLA_POOL_SIZE": "20",
            "RINNALLA_WORKERS": "4",
            "RINNALLA_SOCKETS_PER_ADDRESS": "500",
            "RINNALLA_ACCEPT_UNSAFE_POSTGRES": "fsync, data_checksums",
            "RINNALLA_MASTER_KEYS": f"k2:{first}, k1:{second}",
            "RINNALLA_TOKEN_KEYS": f"t1:{key(48)}",
            "RINNALLA_ALLOWED_ORIGINS": "https://app.example.org, http://localhost:3000",
            "RINNALLA_TRUSTED_PROXIES": "10.0.0.0/8,::1",
            "RINNALLA_LIMIT_FACTOR": "0.5",
            "RINNALLA_HASH_WORKERS": "2",
            "RINNALLA_DRAIN_SECONDS": "0",
            "RINNALLA_LOG_LEVEL": "debug",
        }
    )
    assert settings.data_folder == Path.home() / "somewhere"
    assert settings.database_url == "postgresql+asyncpg://aino:salasana@db:5432/rinnalla"
    assert settings.bus_url == "redis://bus:6379/0"
    assert (settings.workers, settings.accept_unsafe_postgres) == (4, ("fsync", "data_checksums"))
    assert settings.sockets.per_address == 500
    assert settings.master_keys is not None
    assert (settings.master_keys.active, list(settings.master_keys.by_name)) == ("k2", ["k2", "k1"])
    assert settings.allowed_origins == ("https://app.example.org", "http://localhost:3000")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert (settings.limit_factor, settings.drain_seconds, settings.log_level) == (0.5, 0.0, "debug")
    assert "salasana" not in repr(settings)
    assert first not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RINNALLA_PORT", "0"),
        ("RINNALLA_PORT", "65536"),
        ("RINNALLA_PORT", "-1"),
        ("RINNALLA_PORT", "８０"),
        ("RINNALLA_PORT", "9" * 30),
        ("RINNALLA_POOL_SIZE", "1"),
        ("RINNALLA_WORKERS", "0"),
        ("RINNALLA_WORKERS", "65"),
        ("RINNALLA_SOCKETS_PER_ADDRESS", "0"),
        ("RINNALLA_SOCKETS_PER_ADDRESS", "10001"),
        ("RINNALLA_ACCEPT_UNSAFE_POSTGRES", "everything"),
        ("RINNALLA_HASH_WORKERS", "many"),
        ("RINNALLA_LIMIT_FACTOR", "0"),
        ("RINNALLA_LIMIT_FACTOR", "nan"),
        ("RINNALLA_LIMIT_FACTOR", "much"),
        ("RINNALLA_DRAIN_SECONDS", "inf"),
        ("RINNALLA_LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://aino:salasana@db/rinnalla"),
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "db:5432"),
        ("DATABASE_URL", "postgresql://aino:sala[sana@db/rinnalla"),
        ("BUS_URL", "amqp://bus"),
        ("BUS_URL", "redis://"),
        ("BUS_URL", "redis://bus:portti"),
        ("BUS_URL", "redis://bus/nolla"),
        ("RINNALLA_MASTER_KEYS", "salasana"),
        ("RINNALLA_MASTER_KEYS", "k1:ei base64"),
        ("RINNALLA_MASTER_KEYS", f"k1:{'A' * 43}="),
        ("RINNALLA_MASTER_KEYS", "k1:" + key(31)),
        ("RINNALLA_MASTER_KEYS", "K1:" + key(32)),
        ("RINNALLA_MASTER_KEYS", "k1:" + key(32) + ","),
        ("RINNALLA_TOKEN_KEYS", "t1:" + key(31)),
        ("RINNALLA_ALLOWED_ORIGINS", "*"),
        ("RINNALLA_ALLOWED_ORIGINS", "https://app.example.org/"),
        ("RINNALLA_ALLOWED_ORIGINS", "app.example.org"),
        ("RINNALLA_TRUSTED_PROXIES", "proxy"),
        ("RINNALLA_TRUSTED_PROXIES", "10.0.0.0/33"),
    ],
)
def test_what_makes_no_sense_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        read_settings({name: value})
    assert "\n" not in str(refused.value)
    assert "salasana" not in str(refused.value)


ANY_TEXT = [
    "RINNALLA_PORT",
    "RINNALLA_LIMIT_FACTOR",
    "DATABASE_URL",
    "BUS_URL",
    "RINNALLA_MASTER_KEYS",
    "RINNALLA_ALLOWED_ORIGINS",
]


@given(name=st.sampled_from([*ANY_TEXT, "RINNALLA_TRUSTED_PROXIES", "RINNALLA_LOG_LEVEL"]), value=st.text(max_size=40))
def test_any_text_is_taken_or_refused(name: str, value: str) -> None:
    try:
        read_settings({name: value})
    except SettingsError as refused:
        assert name in str(refused)  # noqa: PT017 - most texts are refused, and some are not


def test_the_readme_lists_every_setting() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in readme.splitlines() if line.startswith("| `")]
    of_compose = {"RINNALLA_HTTPS_PORT", "RINNALLA_TLS_FOLDER"}
    assert {name for row in rows for name in re.findall(r"RINNALLA_[A-Z_]+", row)} == NAMES - of_compose


def test_a_slip_in_a_name_is_noticed_and_somebody_elses_name_is_not() -> None:
    with pytest.raises(SettingsError, match="did you mean RINNALLA_PORT"):
        read_settings({"RINNALLA_PROT": "1"})
    assert read_settings({"RINNALLA_BACKUP_BUCKET": "x"}).port == 8000
