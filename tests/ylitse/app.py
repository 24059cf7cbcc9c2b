"""A small Ylitse app that polls: it keeps what it is told and shows it, as the published one does."""

import asyncio
from typing import Any

import httpx

from tests.api import Api, Contract, ok
from tests.factories import PASSWORD

PAGE = 10
PEOPLE_AT_ONCE = 40
TRIES = 50
Record = dict[str, Any]


class App:
    """One phone. It renews its access token when it is told 401, and asks again when the service is too busy."""

    def __init__(self, url: str, contract: Contract) -> None:
        self.api = Api(url, contract)
        self.tokens: Record = {}
        self.scopes: Record = {}
        self.contacts: dict[str, Record] = {}
        self.messages: dict[str, Record] = {}
        self.refreshed = 0

    async def __aenter__(self) -> "App":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.api.http.aclose()

    async def log_in(self, login_name: str) -> None:
        body = {"login_name": login_name, "password": PASSWORD, "mfa_token": ""}
        answer = ok(await self.api.post("/ylitse/login", body))
        self.scopes, self.tokens = answer["scopes"], answer["tokens"]

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """As the app does it: JSON without saying so."""
        content = httpx.Request("POST", "http://x", json=body).content if body is not None else b""
        for _ in range(TRIES):
            headers = {"Authorization": f"Bearer {self.tokens['access_token']}", "Content-Type": "text/plain"}
            answer = await self.api.call(method, f"/ylitse{path}", content=content, headers=headers, params=query)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                fresh = ok(await self.api.post("/ylitse/refresh", {"refresh_token": self.tokens["refresh_token"]}))
                self.tokens |= fresh
                self.refreshed += 1
            elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            await asyncio.sleep(0)
        raise AssertionError("asked too often")

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
        body: Record = ok(await self.ask("GET", self.own("/messages"), max=PAGE, **query))
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
        """What came since; each of it is new."""
        newest = self.newest
        told = await self.fetch(desc="false", **({"from_message_id": newest} if newest else {}))
        fresh = self.keep(told)
        assert fresh == len(told["resources"]), "the poll repeated something"
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
        body = {"sender_id": self.scopes["user_id"], "recipient_id": person, "content": content, "opened": False}
        sent: Record = ok(await self.ask("POST", self.own("/messages"), body), 201)
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
        due = ok(await self.ask("GET", "/feedback/needs_answers"))["resources"]
        for question in due:
            ok(await self.ask("POST", "/feedback/answer", {"answer_id": question["answer_id"], "value": value}), 201)
        return len(due)
