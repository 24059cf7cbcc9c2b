"""Someone with an app: HTTP by the contract, tokens kept fresh, waits kept when the service asks for one."""

import asyncio
import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from rinnalla.demo.stage import Stage, StepFailed

REFRESH_BEFORE_SECONDS = 90
PATIENCE_SECONDS = 30
ASKED_TO_WAIT = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said. `body` is its JSON, None without one."""

    status: int
    body: Any
    etag: str | None

    @property
    def code(self) -> str | None:
        """The stable code of a refusal."""
        return self.body.get("code") if isinstance(self.body, dict) else None


class Person:
    """One app on one device, signed in or not yet."""

    def __init__(self, url: str, stage: Stage) -> None:
        self.url = url
        self.id = ""
        self._stage = stage
        self._access_token: str | None = None
        self._refresh_token = ""
        self._expires_at = 0.0
        self._refreshing = asyncio.Lock()
        self.is_near = httpx.URL(url).host in LOOPBACK
        # A proxy of the environment is for the world outside.
        self._http = httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, trust_env=not self.is_near)

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    @property
    def is_signed_in(self) -> bool:
        """Whether it has tokens, good ones or not."""
        return self._access_token is not None

    def keep(self, tokens: dict[str, Any]) -> None:
        """Tokens of a sign-up, a log-in or a refresh."""
        self._access_token, self._refresh_token = tokens["access_token"], tokens["refresh_token"]
        self._expires_at = time.monotonic() + tokens["expires_in"]

    async def fresh_token(self) -> str:
        """An access token that lasts a while. Raises: StepFailed."""
        async with self._refreshing:
            if self._access_token is None:
                raise StepFailed("someone who is signed in", "nobody")
            if self._expires_at - time.monotonic() < REFRESH_BEFORE_SECONDS:
                body = {"refresh_token": self._refresh_token}
                answer = await self._exchange("POST", "/v1/sessions/refresh", body, {})
                _check("POST", "/v1/sessions/refresh", answer, HTTPStatus.OK, None)
                self.keep(answer.body)
            return self._access_token

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expect: int = HTTPStatus.OK,
        code: str | None = None,
        if_match: str | None = None,
        stale_token: bool = False,
    ) -> Answer:
        """One request, which must be answered with this status (and refusal code). `stale_token`: with the token as it
        is, to see it refused. Raises: StepFailed.
        """
        headers = {"If-Match": if_match} if if_match else {}
        if self._access_token is not None:
            token = self._access_token if stale_token else await self.fresh_token()
            headers["Authorization"] = f"Bearer {token}"
        answer = await self._exchange(method, path, body, headers)
        _check(method, path, answer, expect, code)
        return answer

    async def edit(self, path: str, body: Any) -> Answer:
        """Read for the ETag, then write with If-Match. Raises: StepFailed."""
        read = await self.call("GET", path)
        return await self.call("PUT", path, body, if_match=read.etag)

    async def _exchange(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        while True:
            try:
                response = await self._http.request(method, path, json=body, headers=headers)
            except httpx.HTTPError as error:
                raise StepFailed(f"an answer to {method} {path}", type(error).__name__) from error
            if response.status_code not in ASKED_TO_WAIT:
                return Answer(response.status_code, _json(response), response.headers.get("etag"))
            wait = int(response.headers.get("retry-after", "1"))
            self._stage.note(f"the service asks to wait {wait} s")
            await asyncio.sleep(wait)


def _json(response: httpx.Response) -> Any:
    try:
        return response.json() if response.content else None
    except json.JSONDecodeError:
        return None


def _check(method: str, path: str, answer: Answer, status: int, code: str | None) -> None:
    if answer.status != status or (code is not None and answer.code != code):
        expected = f"{method} {path} answered with {int(status)}" + (f" {code}" if code else "")
        raise StepFailed(expected, f"{answer.status} {answer.code or ''}".rstrip())
