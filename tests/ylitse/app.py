"""A small Ylitse app that polls: it keeps what it is told and shows it, as the published one does."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.api import Api, Contract, ok
from tests.factories import PASSWORD

PAGE = 10
PEOPLE_AT_ONCE = 40
ANSWER_SECONDS = 10.0
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.05
TOO_BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
LOST = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError, TimeoutError)
BARE = {"Content-Type": "text/plain"}
PROPER = {"Content-Type": "application/json"}
Record = dict[str, Any]


class Unanswered(Exception):
    """Nobody knows what became of a request that can't be made twice, or nobody has answered for a long time."""


class App:
    """One phone, which reaches the service at any of these addresses. It renews its access token when it is told 401,
    and asks again when the service is too busy or the connection is lost."""

    def __init__(self, urls: Sequence[str], contract: Contract, token: str = "") -> None:
        self._apis = [Api(url, contract) for url in urls]
        self._home = 0
        self.tokens: Record = {"access_token": token}
        self.scopes: Record = {}
        self.contacts: dict[str, Record] = {}
        self.messages: dict[str, Record] = {}
        self.refreshed = 0
        self.repeated = 0
        """How many messages polls have told that were known already."""

    async def __aenter__(self) -> "App":
        return self

    async def __aexit__(self, *_: object) -> None:
        for api in self._apis:
            await api.http.aclose()

    async def log_in(self, login_name: str) -> None:
        body = {"login_name": login_name, "password": PASSWORD, "mfa_token": ""}
        answer = ok(await self.ask("POST", "/login", body))
        self.scopes, self.tokens = answer["scopes"], answer["tokens"]

    async def ask(self, method: str, path: str, body: Any = None, *, once: bool = False) -> httpx.Response:
        """As the app does it: JSON without saying so. Raises: Unanswered."""
        return await self.call(method, f"/ylitse{path}", body, once=once, headers=BARE)

    async def call(
        self, method: str, path: str, body: Any = None, *, once: bool, headers: Mapping[str, str], **kwargs: Any
    ) -> httpx.Response:
        """Ask until there is an answer; if `once`, until the request may have come through. Raises: Unanswered."""
        content = httpx.Request("POST", "http://x", json=body).content if body is not None else b""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            token = self.tokens["access_token"]
            bearer = {"Authorization": f"Bearer {token}"} if token else {}
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = await self._apis[self._home].call(
                        method, path, content=content, headers={**headers, **bearer}, **kwargs
                    )
            except LOST as error:
                if once and not isinstance(error, httpx.ConnectError):
                    raise Unanswered from error
                self._home = (self._home + 1) % len(self._apis)
            else:
                if answer.status_code == httpx.codes.UNAUTHORIZED and "refresh_token" in self.tokens:
                    await self._refresh()
                    continue
                if answer.status_code not in TOO_BUSY:
                    return answer
                if once and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                    raise Unanswered
            await asyncio.sleep(PAUSE_SECONDS)
        raise Unanswered

    async def _refresh(self) -> None:
        kept = self.tokens.pop("refresh_token")
        try:
            self.tokens |= ok(await self.ask("POST", "/refresh", {"refresh_token": kept}))
        finally:
            self.tokens["refresh_token"] = kept
        self.refreshed += 1

    def own(self, rest: str) -> str:
        return f"/users/{self.scopes['user_id']}{rest}"

    @property
    def newest(self) -> str | None:
        """The message to poll from. Clients compare times as texts."""
        return max(self.messages.values(), key=lambda one: one["created"])["id"] if self.messages else None

    async def start(self) -> None:
        """Whom one talks with, and the newest ten with each."""
        for contact in ok(await self.ask("GET", self.own("/contacts")))["resources"]:
            self.contacts[contact["id"]] = contact
        people = list(self.contacts)
        for begin in range(0, len(people), PEOPLE_AT_ONCE):
            listed = ",".join(people[begin : begin + PEOPLE_AT_ONCE])
            self.keep(await self.fetch(contact_user_ids=listed, desc="true"))

    async def fetch(self, **query: str) -> Record:
        path = f"/ylitse{self.own('/messages')}"
        body: Record = ok(await self.call("GET", path, once=False, headers=BARE, params={"max": PAGE, **query}))
        return body

    def keep(self, told: Record) -> int:
        """Store what was told; how much of it was new. A message must not change but for being opened."""
        named = {one[side] for one in told["resources"] for side in ("sender_id", "recipient_id")}
        assert named - {self.scopes["user_id"]} == {contact["id"] for contact in told["contacts"]}
        for contact in told["contacts"]:
            self.contacts[contact["id"]] = contact
        before = len(self.messages)
        for message in told["resources"]:
            known = self.messages.setdefault(message["id"], message)
            assert {**known, "opened": None} == {**message, "opened": None}
            known["opened"] = message["opened"]
        return len(self.messages) - before

    async def poll(self) -> int:
        """What came since: how much of it is new, which all of it must be."""
        newest = self.newest
        told = await self.fetch(desc="false", **({"from_message_id": newest} if newest else {}))
        fresh = self.keep(told)
        self.repeated += len(told["resources"]) - fresh
        return fresh

    async def scroll_up(self, person: str) -> None:
        """Everything that was ever said with someone."""
        while True:
            known = self.of(person)
            place = {"from_message_id": known[0]["id"]} if known else {}
            if self.keep(await self.fetch(contact_user_ids=person, desc="true", **place)) == 0:
                return

    def of(self, person: str) -> list[Record]:
        """The conversation with someone, as it is shown."""
        ends = {person, self.scopes["user_id"]}
        found = [one for one in self.messages.values() if {one["sender_id"], one["recipient_id"]} == ends]
        return sorted(found, key=lambda one: one["created"])

    async def say(self, person: str, content: str) -> Record:
        """These clients make no ids: what is said again is said twice. Raises: Unanswered."""
        body = {"sender_id": self.scopes["user_id"], "recipient_id": person, "content": content, "opened": False}
        sent: Record = ok(await self.ask("POST", self.own("/messages"), body, once=True), 201)
        return sent

    async def open(self, message: Record) -> None:
        body = {"sender_id": message["recipient_id"], "recipient_id": message["sender_id"], "opened": True}
        ok(await self.ask("PUT", self.own(f"/messages/{message['id']}"), body))
        for one in self.of(message["sender_id"]):
            if one["sender_id"] == message["sender_id"] and one["created"] <= message["created"]:
                one["opened"] = True

    async def file(self, **statuses: str) -> None:
        wanted = [{"id": person, "status": status} for person, status in statuses.items()]
        for contact in ok(await self.ask("PATCH", self.own("/contacts"), wanted))["resources"]:
            self.contacts[contact["id"]] = contact

    async def answer_questions(self, value: int) -> int:
        """Answer what is asked; how many answers were taken. One whose question was told in an answer that was lost is
        not asked again today; an answer that was taken and not confirmed is not taken twice."""
        taken = 0
        for question in ok(await self.ask("GET", "/feedback/needs_answers"))["resources"]:
            body = {"answer_id": question["answer_id"], "value": value}
            taken += (await self.ask("POST", "/feedback/answer", body)).status_code == httpx.codes.CREATED
        return taken
