"""Everything joined: the one file that knows every feature's routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Server
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla import __version__
from rinnalla.accounts.guards import Gate
from rinnalla.accounts.routes import ROUTES as ACCOUNT_ROUTES
from rinnalla.chat.routes import ROUTES as CHAT_ROUTES
from rinnalla.feedback.routes import ROUTES as FEEDBACK_ROUTES
from rinnalla.guidance.routes import ROUTES as GUIDANCE_ROUTES
from rinnalla.kit.access import PUBLIC, check_every_route_says_who, provide_caller
from rinnalla.kit.bodies import StrictRequest
from rinnalla.kit.clock import Clock, SystemClock
from rinnalla.kit.contract import BoundedScalars, ServedContract
from rinnalla.kit.cors import cors
from rinnalla.kit.health import ROUTES as HEALTH_ROUTES
from rinnalla.kit.problems import Manners
from rinnalla.kit.settings import Settings
from rinnalla.matching.routes import ROUTES as MATCHING_ROUTES
from rinnalla.matching.routes_followups import ROUTES as FOLLOW_UP_ROUTES
from rinnalla.matching.routes_runs import ROUTES as RUN_ROUTES
from rinnalla.pairs.routes import ROUTES as PAIR_ROUTES
from rinnalla.pairs.routes_private import ROUTES as PRIVATE_LIST_ROUTES
from rinnalla.pairs.routes_settings import ROUTES as SETTINGS_ROUTES
from rinnalla.privacy.routes import ROUTES as PRIVACY_ROUTES
from rinnalla.profiles.routes import PHOTO_ROUTES
from rinnalla.profiles.routes import ROUTES as PROFILE_ROUTES
from rinnalla.realtime.routes import ROUTES as REALTIME_ROUTES
from rinnalla.safeguarding.routes import ROUTES as SAFEGUARDING_ROUTES
from rinnalla.services import Services, connections_of_one_process
from rinnalla.support.routes import ROUTES as SUPPORT_ROUTES
from rinnalla.ylitse.refusals import MANNER as YLITSE

__all__ = ["MANNERS", "Services", "connections_of_one_process", "create_app", "handed_out"]

MANNERS = Manners([YLITSE])
"""How refusals are told, by address. The edge tells them so too, before the app is asked."""
HANDED_OUT = (
    "absences",
    "accounts",
    "cards",
    "caring",
    "beginnings",
    "chat",
    "checkins",
    "closings",
    "contact_rules",
    "deciding",
    "entry",
    "expectations",
    "feedback",
    "follow_ups",
    "guidance",
    "handovers",
    "health",
    "interim",
    "keepsakes",
    "letters",
    "losses",
    "matching",
    "matching_settings",
    "pairs",
    "mentors",
    "notices",
    "nudges",
    "organisations",
    "pair_statistics",
    "photos",
    "private_lists",
    "private_wishes",
    "privacy",
    "profiles",
    "proposals",
    "reader",
    "runs",
    "safeguarding",
    "sessions",
    "showing",
    "sockets",
    "trials",
    "waiting_list",
)


def create_app(settings: Settings, clock: Clock | None = None) -> Litestar:
    """The service as an ASGI app."""
    clock = clock or SystemClock()
    services = Services(settings, clock)

    async def provide_db() -> AsyncIterator[AsyncSession]:
        async with services.database.unit_of_work() as db:
            yield db

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        services.guidance.remind(clock.now().date())
        services.hub.start()
        services.registry.start()
        services.jobs.start()
        services.machine.start()
        yield
        await services.machine.stop()
        await services.jobs.stop()
        await services.hub.stop()
        await services.registry.stop()
        await services.close()

    app = Litestar(
        route_handlers=[
            *ACCOUNT_ROUTES,
            *CHAT_ROUTES,
            *HEALTH_ROUTES,
            *FEEDBACK_ROUTES,
            *GUIDANCE_ROUTES,
            *PAIR_ROUTES,
            *SETTINGS_ROUTES,
            *PRIVATE_LIST_ROUTES,
            *MATCHING_ROUTES,
            *RUN_ROUTES,
            *FOLLOW_UP_ROUTES,
            *PRIVACY_ROUTES,
            *PROFILE_ROUTES,
            *REALTIME_ROUTES,
            *SAFEGUARDING_ROUTES,
            *SUPPORT_ROUTES,
            Router("/", route_handlers=PHOTO_ROUTES, request_max_body_size=settings.photo_limit),
            services.ylitse.router(settings.allowed_origins, in_contract=False),
        ],
        guards=[Gate(services.callers, services.tokens)],
        dependencies={
            "db": Provide(provide_db),
            "caller": Provide(provide_caller, sync_to_thread=False),
            **handed_out(services),
        },
        request_class=StrictRequest,
        exception_handlers={Exception: MANNERS.render},
        request_max_body_size=settings.body_limit,
        cors_config=cors(settings.allowed_origins),
        openapi_config=OpenAPIConfig(
            title="Rinnalla",
            version=__version__,
            summary="Peer mentoring for young people leaving care",
            servers=[Server(url="/")],
            openapi_router=Router("/v1/contract", route_handlers=[], include_in_schema=False, opt=PUBLIC),
            render_plugins=[ServedContract()],
        ),
        plugins=[BoundedScalars()],
        lifespan=[lifespan],
        logging_config=None,
        state=State({"services": services}),
        debug=False,
    )
    check_every_route_says_who(app)
    return app


def handed_out(services: Services) -> dict[str, Provide]:
    """The services by name, for handlers that ask for them."""
    return {name: Provide(_always(getattr(services, name)), sync_to_thread=False) for name in HANDED_OUT}


def _always(service: Any) -> Any:
    def provide() -> Any:
        return service

    return provide
