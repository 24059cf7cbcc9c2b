"""An HTTP client that holds every answer against the contract."""

import asyncio
import json
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self
from uuid import UUID

import httpx
import jsonschema_rs

from tests.patience import PATIENCE_SECONDS

PROBLEM = "application/problem+json"
# Tests speak plain HTTP; without this each client would read all the certificates of the world first.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def closed(node: Any) -> Any:
    """A schema that takes documented fields only: tests hold answers to more than clients may rely on."""
    if isinstance(node, list):
        return [closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    copy = {name: closed(part) for name, part in node.items()}
    return {**copy, "additionalProperties": False} if isinstance(copy.get("properties"), dict) else copy


class Contract:
    """An OpenAPI document, ready to judge answers. `faces`: what is answered under an address of theirs is judged by
    their contracts. `refusal`: the media type and the schema of what is told instead of an answer."""

    def __init__(
        self,
        document: dict[str, Any],
        faces: Mapping[str, "Contract"] | None = None,
        refusal: tuple[str, str] = (PROBLEM, "Problem"),
    ) -> None:
        self.faces = faces or {}
        self._refusal_type, self._refusal = refusal
        self.document = {**document, "components": closed(document["components"])}
        self._paths = [
            (re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)) + "$"), item)
            for path, item in sorted(document["paths"].items(), key=lambda entry: entry[0].count("{"))
        ]
        self._validators: dict[str, Any] = {}

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, item in self._paths:
            if pattern.match(path):
                found: dict[str, Any] | None = item.get(method.lower())
                return found
        return None

    def check(self, response: httpx.Response) -> None:
        """Raises: AssertionError when an answer is not as documented."""
        request = response.request
        for prefix, face in self.faces.items():
            if f"{request.url.path}/".startswith(f"{prefix}/"):
                face.check(response)
                return
        operation = self.operation(request.method, request.url.path)
        where = f"{request.method} {request.url.path} -> {response.status_code}"
        if operation is None:
            assert response.status_code in {400, 404, 405}, f"undocumented route: {where}"
            schema: dict[str, Any] = {"$ref": f"#/components/schemas/{self._refusal}"}
            media_type = self._refusal_type
            if not response.content:  # of a HEAD request
                return
        else:
            documented = operation["responses"].get(str(response.status_code))
            assert documented is not None, f"undocumented status: {where}: {response.text[:300]}"
            content = documented.get("content")
            if request.method == "HEAD" or not content:
                assert not response.content, f"undocumented body: {where}"
                return
            media_type = response.headers["content-type"].partition(";")[0]
            assert media_type in content, f"undocumented media type {media_type}: {where}"
            schema = content[media_type].get("schema", {})
        if media_type in {PROBLEM, "application/json"}:
            self._validate(schema, response.json(), where)
            if media_type == PROBLEM:
                self._check_code(operation, response, where)

    def _validate(self, schema: dict[str, Any], body: Any, where: str) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        errors = [f"{error.instance_path}: {error.message}" for error in self._validators[key].iter_errors(body)]
        assert not errors, f"{where} is not as documented: {errors}"

    @staticmethod
    def _check_code(operation: dict[str, Any] | None, response: httpx.Response, where: str) -> None:
        body = response.json()
        assert body["status"] == response.status_code
        if operation is not None:
            examples = operation["responses"][str(response.status_code)]["content"][PROBLEM]["examples"]
            assert body["code"] in examples, f"undocumented code {body['code']}: {where}"


class Api:
    """A client for one person (or nobody, without a token)."""

    def __init__(self, url: str, contract: Contract, token: str | None = None) -> None:
        self.url = url
        self.contract = contract
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=20, verify=NO_CERTIFICATES, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Any request. Its answer is checked against the contract and otherwise handed over as it is."""
        response = await self.http.request(method, path, **kwargs)
        self.contract.check(response)
        return response

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return await self.call("GET", path, **kwargs)

    async def post(self, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        return await self.call("POST", path, json=body, **kwargs)

    async def put(self, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        return await self.call("PUT", path, json=body, **kwargs)

    async def patch(self, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        return await self.call("PATCH", path, json=body, **kwargs)

    async def delete(self, path: str, **kwargs: Any) -> httpx.Response:
        return await self.call("DELETE", path, **kwargs)

    async def edit(self, method: str, path: str, body: Any, *, read_from: str | None = None) -> httpx.Response:
        """Read for the ETag, then write with If-Match."""
        etag = (await self.get(read_from or path)).headers["etag"]
        return await self.call(method, path, json=body, headers={"If-Match": etag})


def refused(response: httpx.Response, status: int, code: str, *, pointer: str | None = None) -> None:
    """Assert that a request was refused, and with what code (and pointer to a field)."""
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    if pointer is not None:
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer], response.text


def ok(response: httpx.Response, status: int = 200) -> Any:
    """Assert that a request went well; its body."""
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def served(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask, and again for as long as one is told to come back: on a busy machine many at once may be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := await ask()).status_code == httpx.codes.SERVICE_UNAVAILABLE and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return answer


def is_uuid7(text: str) -> bool:
    return UUID(text).version == 7
