"""Bringing a database to the present shape."""

from pathlib import Path

from alembic import command
from alembic.config import Config

FOLDER = Path(__file__).resolve().parents[3] / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's settings for one database."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Run what has not been run yet. Safe to call from several processes at once: one works, the others wait."""
    command.upgrade(alembic_config(url), "head")
