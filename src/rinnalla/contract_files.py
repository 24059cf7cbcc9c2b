"""The contract as files in `openapi/`: written from the code, and compared with it."""

import difflib
import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Server

from rinnalla import __version__
from rinnalla.app import Services, create_app, handed_out
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.contract import BoundedScalars, openapi_document
from rinnalla.kit.settings import Keys, Settings
from rinnalla.kit.vault import KEY_BYTES
from rinnalla.realtime.asyncapi import asyncapi_document
from rinnalla.ylitse.refusals import MANNER

FOLDER = Path(__file__).resolve().parents[2] / "openapi"


def openapi() -> dict[str, Any]:
    """The OpenAPI document. Nothing is connected to: the routes alone say it."""
    return openapi_document(create_app(_settings()))


def ylitse() -> dict[str, Any]:
    """The OpenAPI document of the Ylitse face: of an app that has nothing else."""
    services = Services(_settings(), SystemClock())
    nobody = {name: Provide(lambda: None, sync_to_thread=False) for name in ("db", "caller")}
    app = Litestar(
        route_handlers=[services.ylitse.router((), in_contract=True)],
        dependencies={**nobody, **handed_out(services)},
        openapi_config=OpenAPIConfig(
            title="Rinnalla: the Ylitse face",
            version=__version__,
            summary="The wire contract of the published Ylitse clients",
            servers=[Server(url="/")],
        ),
        plugins=[BoundedScalars()],
        logging_config=None,
    )
    return openapi_document(app, MANNER)


def _settings() -> Settings:
    key = Keys({"none": os.urandom(KEY_BYTES)}, "none")
    return Settings(
        data_folder=FOLDER, database_url="postgresql+asyncpg://localhost/none", master_keys=key, token_keys=key
    )


@cache
def documents() -> Mapping[str, str]:
    """What the files must hold, by name. It does not change while a process runs."""
    return {
        "rinnalla.json": _text(openapi()),
        "rinnalla-realtime.asyncapi.json": _text(asyncapi_document()),
        "ylitse.json": _text(ylitse()),
    }


def write(folder: Path = FOLDER) -> list[Path]:
    """Bring the files up to date. The paths written."""
    folder.mkdir(exist_ok=True)
    written = []
    for name, text in documents().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def drift(folder: Path = FOLDER) -> Iterator[str]:
    """The lines of a unified diff from the files to what the code says; none when they agree."""
    for name, text in documents().items():
        path = folder / name
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        if kept != text:  # else it would take seconds to find nothing
            yield from difflib.unified_diff(
                kept.splitlines(), text.splitlines(), f"openapi/{name}", "what the code says", lineterm=""
            )


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
