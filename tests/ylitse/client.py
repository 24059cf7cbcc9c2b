"""A client of the Ylitse contract, as the published ones are. Every answer is held against `openapi/ylitse.json`."""

from typing import Any

import httpx

from rinnalla.ylitse import ids
from tests.api import Api
from tests.factories import Person


class Client:
    """Someone signed in, who speaks to `/ylitse` by the token that they have."""

    def __init__(self, api: Api, token: str) -> None:
        self.api = Api(api.url, api.contract, token)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.api.http.aclose()

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.api.get(f"/ylitse{path}", params=query)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.api.post(f"/ylitse{path}", body)

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.api.put(f"/ylitse{path}", body)

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.api.patch(f"/ylitse{path}", body)

    async def delete(self, path: str) -> httpx.Response:
        return await self.api.delete(f"/ylitse{path}")


def user(person: Person) -> str:
    """The id of someone's public identity."""
    return ids.user_id(person.id)


def own(person: Person, rest: str = "") -> str:
    """An address below someone's user."""
    return f"/ylitse/users/{user(person)}{rest}"


def told(answer: httpx.Response, status: int) -> str:
    """Assert that a request was refused in this contract's shape; the message."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body.keys() == {"message"}
    assert body["message"]
    message: str = body["message"]
    return message
