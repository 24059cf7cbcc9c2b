"""One request for each thing that the service can be asked, made from the contract."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx

from tests.api import Contract
from tests.factories import Factory

Ask = Callable[[], Awaitable[httpx.Response]]


async def every_request(people: Factory, contract: Contract) -> dict[str, Ask]:
    """One well-made request for each operation, by its name, each of someone who may make it."""
    home = await people.organisation()
    by_role = {
        "mentee": await people.mentee(home),
        "mentor": await people.mentor(home),
        "staff": await people.staff(home),
        "admin": await people.admin(),
    }
    found: dict[str, Ask] = {}
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            asking = by_role[operation["x-roles"][0]] if "x-roles" in operation else people.nobody
            address, wanted = _request_of(path, operation)
            found[operation["operationId"]] = partial(asking.call, method.upper(), address, **wanted)
    return found


def _request_of(path: str, operation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A well-made request for an operation: its address and what comes with it."""
    wanted: dict[str, Any] = {"params": {}, "headers": {"If-Match": '"1"'}}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(uuid4()))
        elif parameter["in"] == "query" and parameter.get("required"):
            wanted["params"][parameter["name"]] = next(iter(parameter["examples"].values()))["value"]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        wanted["json"] = content["application/json"]["example"]
    return path, wanted
