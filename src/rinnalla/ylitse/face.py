"""The face as a whole: what it is made of, its addresses, its way of reading requests."""

from dataclasses import dataclass
from typing import Any

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from rinnalla.accounts.entry import Entry
from rinnalla.accounts.service import Accounts, Organisations, Passwords, Sessions
from rinnalla.chat.service import Chat, Correspondence
from rinnalla.feedback.service import Feedback
from rinnalla.kit.access import provide_recognised
from rinnalla.kit.database import Database
from rinnalla.kit.limits import Limits
from rinnalla.kit.vault import Vault
from rinnalla.pairs.service import Beginnings
from rinnalla.privacy.service import Privacy
from rinnalla.profiles.service import Cards, Mentors, Topics
from rinnalla.safeguarding.service import Safeguarding
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.messenger import Messenger
from rinnalla.ylitse.people import People
from rinnalla.ylitse.questions import Questions
from rinnalla.ylitse.refusals import PREFIX
from rinnalla.ylitse.reports import Reports
from rinnalla.ylitse.requests import AllowedOrigins, AnyTypeRequest, Doorway, provide_language
from rinnalla.ylitse.routes_entry import ENTRY_ROUTES
from rinnalla.ylitse.routes_feedback import FEEDBACK_ROUTES
from rinnalla.ylitse.routes_mentors import MENTOR_ROUTES
from rinnalla.ylitse.routes_messages import MESSAGE_ROUTES
from rinnalla.ylitse.routes_people import PEOPLE_ROUTES
from rinnalla.ylitse.shelf import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The services that this face shows."""

    database: Database
    vault: Vault
    limits: Limits
    accounts: Accounts
    sessions: Sessions
    organisations: Organisations
    passwords: Passwords
    entry: Entry
    cards: Cards
    mentors: Mentors
    privacy: Privacy
    chat: Chat
    correspondence: Correspondence
    beginnings: Beginnings
    safeguarding: Safeguarding
    feedback: Feedback


class Face:
    """Everything under `/ylitse`."""

    def __init__(self, behind: Behind) -> None:
        keeping, topics = Keeping(behind.vault, behind.limits), Topics(behind.limits)
        self._parts = {
            "keeping": keeping,
            "topics": topics,
            "people": People(
                accounts=behind.accounts,
                sessions=behind.sessions,
                organisations=behind.organisations,
                passwords=behind.passwords,
                entry=behind.entry,
                cards=behind.cards,
                mentors=behind.mentors,
                privacy=behind.privacy,
                safeguarding=behind.safeguarding,
                keeping=keeping,
            ),
            "shelf": Shelf(behind.cards, topics, keeping),
            "messenger": Messenger(
                behind.database, behind.chat, behind.correspondence, behind.beginnings, behind.cards, keeping
            ),
            "reports": Reports(behind.safeguarding, keeping),
            "questions": Questions(behind.feedback),
        }

    def router(self, allowed_origins: AllowedOrigins, *, in_contract: bool) -> Router:
        """The routes. They have a contract of their own, and are left out of the other one."""
        return Router(
            PREFIX,
            route_handlers=[*ENTRY_ROUTES, *PEOPLE_ROUTES, *MENTOR_ROUTES, *MESSAGE_ROUTES, *FEEDBACK_ROUTES],
            dependencies={
                **{name: Provide(_always(part), sync_to_thread=False) for name, part in self._parts.items()},
                "recognised": Provide(provide_recognised, sync_to_thread=False),
                "language": Provide(provide_language, sync_to_thread=False),
                "allowed_origins": Provide(_always(allowed_origins), sync_to_thread=False),
            },
            middleware=[DefineMiddleware(Doorway, allowed_origins=allowed_origins)],
            request_class=AnyTypeRequest,
            include_in_schema=in_contract,
        )


def _always(part: Any) -> Any:
    def provide() -> Any:
        return part

    return provide
