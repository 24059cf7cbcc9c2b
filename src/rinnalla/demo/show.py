"""The demo from its start to its end: is there a service, does every step hold."""

import asyncio
from http import HTTPStatus

import httpx

from rinnalla.demo.lines import Script
from rinnalla.demo.person import LOOPBACK
from rinnalla.demo.staff import Staff
from rinnalla.demo.stage import Stage, StepFailed
from rinnalla.demo.story import Story


def is_near(url: str) -> bool:
    """Whether a URL is of this machine."""
    return _host(url) in LOOPBACK


def programmes_of(url: str) -> set[str] | None:
    """The ids of the programmes of the Rinnalla that answers there; None where none does."""
    try:
        response = httpx.get(f"{url}/v1/start", timeout=10, trust_env=not is_near(url))
        if response.status_code != HTTPStatus.OK:
            return None
        return {str(programme["id"]) for programme in response.json()["programmes"]}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return None


def show(url: str, staff: Staff, script: Script, stage: Stage) -> bool:
    """Play the story; whether every step held."""
    try:
        asyncio.run(Story(url, stage, script, staff).play())
    except StepFailed as error:
        stage.failed(error)
        return False
    stage.curtain()
    return True


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return ""
