"""Requests as these clients make them: JSON of any media type or none, the access token in a cookie, a language."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie, FormMultiDict, Headers
from litestar.exceptions import InternalServerException
from litestar.types import ASGIApp, Receive, Scope, Send

from rinnalla.kit.access import CARRIED
from rinnalla.kit.bodies import StrictRequest, decode
from rinnalla.kit.errors import BadRequest, FieldProblem, InvalidBody
from rinnalla.kit.schema import LANGUAGES
from rinnalla.ylitse.errors import CrossSite

ACCESS, REFRESH = "ylitse_access", "ylitse_refresh"
FROM_HERE = {"same-origin", "none"}
_NORWEGIAN = {"no", "nn"}


class AnyTypeRequest(StrictRequest):
    """A request whose body is JSON whatever its header says."""

    async def json(self) -> Any:
        """Raises: InvalidBody."""
        field = self.route_handler.parsed_data_field
        return decode(await self.body(), field.raw if field else Any)

    async def form(self) -> FormMultiDict:
        """The fields of a form. Raises: InvalidBody (it can't be read as one), BadRequest (the client went away)."""
        try:
            return await super().form()
        except InternalServerException as error:
            raise BadRequest from error
        except (ValueError, LookupError, TypeError) as error:
            raise InvalidBody(FieldProblem(code="malformed", pointer="")) from error


AllowedOrigins = tuple[str, ...]
"""Origins from whose pages the service may be asked, beside its own."""


class Doorway:
    """Lets the web client in by its cookie, where the request comes from a page of ours or of an origin we allow.

    A browser sends cookies along with whatever any page asks of it: so who comes by cookie says where it comes from.
    """

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...]) -> None:
        self._app = app
        self._allowed_origins = allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises: CrossSite."""
        headers = Headers.from_scope(scope)  # most come without a cookie, and a whole request is dear to make
        if "cookie" in headers and "authorization" not in headers:
            token = Request[Any, Any, Any](scope).cookies.get(ACCESS)
            if token:
                check_origin(headers, self._allowed_origins)
                scope["state"][CARRIED] = token
        await self._app(scope, receive, send)


def check_origin(headers: Headers, allowed_origins: tuple[str, ...]) -> None:
    """Whether a browser asks for a page of ours or of an origin that is allowed. (Behind a proxy we may not know that
    we are reached over TLS, so of our own origin the host alone counts.) Raises: CrossSite."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        host = _host(origin)
        if origin not in allowed_origins and (not host or host != headers.get("host")):
            raise CrossSite
    elif site is not None and site not in FROM_HERE:
        raise CrossSite


def _host(origin: str) -> str | None:
    """None for what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def cookie(request: Request[Any, Any, Any], name: str, value: str, seconds: int) -> Cookie:
    """A cookie that no script can read and no other site can have sent; `seconds` 0 takes it back."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=seconds,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def provide_language(request: Request[Any, Any, Any]) -> str:
    """The language of the service that the client likes best: names of skills are told in it. Finnish if it says none,
    as that is where these clients come from."""
    for wish in request.headers.get("accept-language", "").lower().split(","):
        code = wish.partition(";")[0].strip().partition("-")[0]
        code = "nb" if code in _NORWEGIAN else code
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]
