"""What every route says of itself, and what none may do."""

from collections.abc import Iterator
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.handlers.websocket_handlers import WebsocketRouteHandler

from rinnalla.kit.access import handlers_of
from rinnalla.kit.caller import Role
from tests.conftest import RunningService

# Whoever has no token may call these, and nothing else.
PUBLIC_OPERATIONS = {
    "signUp",
    "logIn",
    "refreshSession",
    "recoverAccount",
    "acceptInvitation",
    "isAlive",
    "isReady",
    "getStart",
    "listTopics",
    "listMentors",
    "getMentor",
    "getPhoto",
}
PUBLIC_UNDOCUMENTED = {"/v1/realtime", "/v1/contract", "/v1/contract/openapi.json", "/v1/contract/{path:str}"}
# Of the Ylitse face, which has a contract of its own.
PUBLIC_ON_YLITSE = {
    "getVersion",
    "logIn",
    "refresh",
    "webLogIn",
    "webRefresh",
    "searchLoginName",
    "createAccount",
    "listMentors",
    "getMentor",
    "listSkills",
}


def handlers(service: RunningService) -> Iterator[tuple[str, Any]]:
    for route in service.app.routes:
        for handler in handlers_of(route):
            yield route.path, handler


def test_every_operation_says_what_it_is(service: RunningService) -> None:
    silent = []
    seen: set[str] = set()
    for path, handler in handlers(service):
        if isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema():
            name = handler.operation_id
            if not (isinstance(name, str) and handler.summary and handler.resolve_tags()):
                silent.append(path)
            elif name in seen:
                silent.append(f"{path}: {name} is there twice")
            else:
                seen.add(name)
    assert silent == []


def test_every_route_says_who_may_call_it(service: RunningService) -> None:
    for path, handler in handlers(service):
        roles = handler.opt["roles"]
        assert roles is None or (roles and all(isinstance(role, Role) for role in roles)), path


def test_what_is_public_is_listed_here(service: RunningService) -> None:
    everywhere = [(path, handler) for path, handler in handlers(service) if handler.opt["roles"] is None]
    on_ylitse = {handler.operation_id for path, handler in everywhere if path.startswith("/ylitse/")}
    assert on_ylitse == PUBLIC_ON_YLITSE
    public = [(path, handler) for path, handler in everywhere if not path.startswith("/ylitse/")]
    assert {handler.operation_id for _, handler in public if _documented(handler)} == PUBLIC_OPERATIONS
    assert {path for path, handler in public if not _documented(handler)} == PUBLIC_UNDOCUMENTED


def test_the_session_is_the_only_dependency_with_a_life(service: RunningService) -> None:
    """With two generator dependencies Litestar cleans up in a task group, and a failed commit is no longer seen."""
    for path, handler in handlers(service):
        living = {
            name
            for name, provider in handler.resolve_dependencies().items()
            if provider.has_async_generator_dependency or provider.has_sync_generator_dependency
        }
        assert living == {"db"}, path


def test_no_socket_holds_a_transaction(service: RunningService) -> None:
    for path, handler in handlers(service):
        if isinstance(handler, WebsocketRouteHandler):
            assert "db" not in handler.parsed_fn_signature.parameters, path


def _documented(handler: Any) -> bool:
    return isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema()
