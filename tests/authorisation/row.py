"""One line of the table: who is answered what by one operation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.api import Contract, served
from tests.authorisation.scene import COLUMNS, GONE, Given, Scene

FromScene = Callable[[Scene], Any]


@dataclass(frozen=True)
class Row:
    """`statuses` in the order of `COLUMNS`. `given` prepares the scene; `path` fills the path's ids; `body` is what is
    sent (a value, or made from the scene), or `form` as a form; `version` goes out as If-Match; `request` is anything
    else for httpx."""

    operation: str
    statuses: str
    given: Given = None
    path: dict[str, FromScene] = field(default_factory=dict)
    body: Any = None
    form: FromScene | None = None
    version: int | None = None
    gone: int | None = None
    request: dict[str, Any] = field(default_factory=dict)

    def expected(self) -> dict[str, int]:
        """The status for each person. Those who are gone are answered as nobody, or that their token is dead (at a
        door for everyone, where who comes with a token is known: `gone`)."""
        listed = dict(zip(COLUMNS, map(int, self.statuses.split()), strict=True))
        return {**listed, **dict.fromkeys(GONE, self.gone or listed["nobody"])}

    @property
    def is_of_the_scene(self) -> bool:
        """Whether two people who do it in one scene do it to the same thing."""
        return bool(self.path) or self.given is not None

    def is_public(self, contract: Contract) -> bool:
        method, path = operations(contract)[self.operation]
        return "security" not in contract.document["paths"][path][method.lower()]

    async def ask(self, scene: Scene, who: str, contract: Contract, **other_path: Any) -> httpx.Response:
        method, template = operations(contract)[self.operation]
        path = template.format(**({name: value(scene) for name, value in self.path.items()} | other_path))
        body = self.body(scene) if callable(self.body) else self.body
        versions = {} if self.version is None else {"If-Match": f'"{self.version}"'}
        request = self.request | {"headers": versions | self.request.get("headers", {})}
        if self.form is not None:
            form = self.form(scene)
            return await served(lambda: scene.who(who).call(method, path, files=form, **request))
        return await served(lambda: scene.who(who).call(method, path, json=body, **request))


def row(operation: str, statuses: str, **rest: Any) -> Row:
    """Keywords that are not fields of a row fill the path: `thread_id=lambda scene: scene.thread_id`."""
    fields = {name: rest.pop(name) for name in ("given", "body", "form", "version", "gone", "request") if name in rest}
    return Row(operation, statuses, path=rest, **fields)


def operations(contract: Contract) -> dict[str, tuple[str, str]]:
    """Method and path of each operation by its id."""
    return {
        operation["operationId"]: (method.upper(), path)
        for path, item in contract.document["paths"].items()
        for method, operation in item.items()
    }
