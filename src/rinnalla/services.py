"""Every service of one process, made once, joined, and handed out by name."""

from dataclasses import fields

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.entry import Entry
from rinnalla.accounts.passwords import Passwords
from rinnalla.accounts.service import Accounts, Callers, Organisations, Sessions, Visibilities
from rinnalla.accounts.tokens import Tokens
from rinnalla.chat.service import Chat, Correspondence, Doors, HandedOver
from rinnalla.chat.sides import Sides
from rinnalla.chat.writer import Writer
from rinnalla.feedback.service import Feedback
from rinnalla.guidance.service import Guidance
from rinnalla.kit import events, jobs
from rinnalla.kit.bus import Bus, PostgresBus, RedisBus
from rinnalla.kit.clock import Clock
from rinnalla.kit.database import Database
from rinnalla.kit.hashing import Hasher
from rinnalla.kit.health import Health, database_answers
from rinnalla.kit.jobs import Jobs, Queue, Sweep
from rinnalla.kit.limits import Limits
from rinnalla.kit.settings import Settings, SettingsError
from rinnalla.kit.threads import BoundedThreads
from rinnalla.kit.vault import Vault
from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.service import (
    Changes,
    Deciding,
    FollowUps,
    Freezer,
    Gathering,
    Machine,
    Matching,
    Patience,
    Preparing,
    Runs,
)
from rinnalla.pairs.service import (
    Beginnings,
    Closings,
    ContactRules,
    ExpectationsBook,
    Keepsakes,
    Letters,
    MatchingSettings,
    NeverTogether,
    PairHistory,
    Pairs,
    PrivateLists,
    Proposals,
    Proposing,
    Records,
    RuledOut,
    Statistics,
    Trials,
    TurningAway,
    WaitingList,
)
from rinnalla.privacy.service import Privacy
from rinnalla.profiles.service import Cards, Mentors, NeverLists, Photos, PrivateWishes, Profiles
from rinnalla.realtime.conversation import Desk
from rinnalla.realtime.hub import Hub
from rinnalla.realtime.presence import Showing
from rinnalla.realtime.reader import Reader
from rinnalla.realtime.registry import Registry
from rinnalla.realtime.socket import Sockets
from rinnalla.safeguarding.service import Safeguarding
from rinnalla.support.service import (
    Absences,
    Away,
    Caring,
    CheckIns,
    Covers,
    Handovers,
    Interim,
    Losses,
    Notices,
    Nudges,
)
from rinnalla.ylitse.face import Behind, Face

LISTENERS = 1
HOUR = 3600.0
MINUTE = 60.0
FEW_SECONDS = 5.0
# Pictures wait in memory, up to `photo_limit` bytes each.
MAX_PICTURES_WAITING = 4
"""The services that handlers may ask for by name."""


class Services:
    """Every service of one process, made once. `create_app` and the command line hand out its parts by name."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        if settings.database_url is None or settings.master_keys is None or settings.token_keys is None:
            raise SettingsError("The database and the keys must be settled before the service is made.")
        self.settings = settings
        self.bus: Bus = (
            RedisBus(settings.bus_url, settings.issuer) if settings.bus_url else PostgresBus(settings.database_url)
        )
        accepted = settings.accept_unsafe_postgres
        self.database = Database(settings.database_url, pool_size=settings.pool_size, bus=self.bus, accepted=accepted)
        # Delivery has a pool of its own, so that no crowd of slow requests stands between people who are talking.
        delivery_size = settings.delivery_pool_size
        self.delivery = Database(settings.database_url, pool_size=delivery_size, bus=self.bus, accepted=accepted)
        self.vault = Vault(settings.master_keys.by_name, settings.master_keys.active)
        self.hasher = Hasher(settings.hash_workers)
        self.picture_threads = BoundedThreads("pictures", 1, max_waiting=MAX_PICTURES_WAITING)
        self.limits = Limits(self.database, settings.limit_factor)
        self.tokens = Tokens(settings.token_keys, clock, issuer=settings.issuer, lifetime=settings.access_seconds)
        self.passwords = Passwords(self.hasher)
        self.sessions = Sessions(self.database, self.tokens, self.limits, ticket_seconds=settings.ticket_seconds)
        self.accounts = Accounts(self.database, self.sessions, self.passwords, self.vault, self.limits)
        self.callers = Callers(self.delivery)
        self.organisations = Organisations()
        self.guidance = Guidance(self.organisations)
        self.writer = Writer(self.delivery, self.accounts, self.vault, self.limits)
        self.visibilities = Visibilities()
        self.sides = Sides(self.delivery, self.accounts, self.visibilities, self.limits)
        self.chat = Chat(self.vault, self.writer, self.sides, self.limits)
        self.correspondence = Correspondence(self.delivery, self.visibilities, self.vault)
        self.profiles = Profiles(self.accounts, self.vault, self.limits, CRITERIA.may_matter)
        self.private_wishes = PrivateWishes()
        self.never_lists = NeverLists()
        self.cards = Cards()
        self.mentors = Mentors(self.accounts)
        self.photos = Photos(self.database, self.limits, self.picture_threads)
        self._make_pairs()
        self._make_matching()
        self._make_support()
        self.feedback = Feedback(self.accounts, self.chat.sent_since)
        self.safeguarding = Safeguarding(self.accounts, self.chat, self.profiles, self.losses, self.vault, self.limits)
        self.privacy = Privacy(self.database, self.accounts, self.pairs, self.losses, self.follow_ups, self.chat)
        self.entry = Entry(
            self.database, self.accounts, self.organisations, self.sessions, self.passwords, self.limits, clock
        )
        self.ylitse = Face(Behind(**{part.name: getattr(self, part.name) for part in fields(Behind)}))

        self.reader = Reader(self.delivery, self.accounts, self.chat, self.limits)
        self.showing = Showing(self.visibilities, self.chat)
        self.registry = Registry(self.delivery, self.showing)
        self.hub = Hub(self.delivery, self.accounts, self.registry, self.bus, look_every=settings.look_seconds)
        desk = Desk(
            database=self.delivery,
            accounts=self.accounts,
            callers=self.callers,
            tokens=self.tokens,
            chat=self.chat,
            clock=clock,
            limit_factor=settings.limit_factor,
        )
        self.sockets = Sockets(
            desk=desk,
            hub=self.hub,
            reader=self.reader,
            allowed_origins=settings.allowed_origins,
            limits=settings.sockets,
            limit_factor=settings.limit_factor,
        )

        self.jobs = Jobs(
            self.database,
            [
                Sweep("tidy", HOUR, self.tidy),
                Sweep("given_up", HOUR, jobs.tell_given_up),
                Queue("proposals", MINUTE, self.proposals.tasks()),
                Queue("trials", MINUTE, self.trials.tasks()),
                Queue("closings", MINUTE, self.closings.tasks()),
                Queue("follow_ups", FEW_SECONDS, self.follow_ups.tasks()),
                Queue("checkins", HOUR, self.checkins.tasks()),
                Queue("contacts", MINUTE, self.caring.tasks()),
                Queue("silences", HOUR, self.nudges.tasks()),
                Queue("absences", MINUTE, self.away.tasks()),
                Queue("losses", MINUTE, self.losses.tasks()),
            ],
        )
        self.health = Health(
            {
                "database": database_answers(self.delivery),
                # A bus that all processes share must not take all of them out at once: without it, news are only late.
                **({} if settings.bus_url else {"listener": self.hub.is_listening}),
                "staying": self.hub.is_staying,
            }
        )

    def _make_pairs(self) -> None:
        """Those that look after pairs, which share how pairs are kept."""
        self.matching_settings = MatchingSettings(CRITERIA.standard_weights)
        self.pair_history = PairHistory(self.chat)
        self.waiting_list = WaitingList(self.accounts, self.profiles)
        records = Records(self.accounts, self.chat, self.vault)
        self.private_lists = PrivateLists(records, self.accounts, self.profiles, self.never_lists)
        self.pairs = Pairs(records)
        ruled_out = RuledOut(self.chat, self.profiles, self.matching_settings)
        self.turning_away = TurningAway(self.chat, self.profiles, ruled_out)
        self.never_together = NeverTogether(self.chat, self.profiles, ruled_out)
        self.proposing = Proposing(records, self.accounts, self.profiles, self.matching_settings, ruled_out)
        self.beginnings = Beginnings(
            records,
            self.accounts,
            self.organisations,
            self.profiles,
            self.matching_settings,
            self.turning_away,
            self.proposing,
            self.limits,
        )
        self.proposals = Proposals(records, self.accounts, self.profiles, self.matching_settings, ruled_out)
        self.expectations = ExpectationsBook(records, self.accounts, self.profiles, self.vault)
        self.trials = Trials(records, self.profiles)
        self.closings = Closings(records)
        self.letters = Letters(records, self.accounts, self.vault)
        self.keepsakes = Keepsakes(self.database, records, self.letters, self.chat, self.limits)
        self.contact_rules = ContactRules()
        self.pair_statistics = Statistics()

    def _make_matching(self) -> None:
        """Those that advise whom to bring together; what becomes of a proposal tells them who comes next."""
        self.gathering = Gathering(self.profiles, self.pair_history, self.matching_settings)
        self.matching = Matching(self.gathering, self.waiting_list, self.turning_away, self.matching_settings)
        freezer = Freezer(self.vault)
        self.runs = Runs(self.accounts, freezer, self.limits)
        self.deciding = Deciding(
            self.gathering,
            Changes(self.gathering, self.pair_history, freezer),
            self.proposing,
            self.pairs,
            freezer,
            self.limits,
        )
        self.machine = Machine(self.database, freezer, Preparing(self.gathering, self.pair_history), Patience())
        self.follow_ups = FollowUps(
            self.database,
            self.accounts,
            self.gathering,
            self.pair_history,
            self.proposing,
            self.pairs,
            freezer,
        )
        self.pairs.observe(self.follow_ups)

    def _make_support(self) -> None:
        """What keeps a pair going, and what catches a young person when it does not."""
        doors, handed_over = Doors(self.vault), HandedOver(self.vault)
        self.notices = Notices(self.accounts, self.vault)
        self.checkins = CheckIns(self.accounts, self.chat, self.matching_settings, self.vault)
        self.caring = Caring(self.accounts, self.checkins, self.notices)
        self.nudges = Nudges(
            self.accounts,
            self.organisations,
            self.chat,
            handed_over,
            self.pairs,
            self.matching_settings,
            self.notices,
        )
        covers = Covers(self.chat, doors, self.never_together, self.notices)
        self.absences = Absences(self.accounts, self.chat, covers, self.notices)
        self.away = Away(covers, self.notices)
        self.interim = Interim(self.accounts, self.waiting_list, self.never_together, doors, self.notices)
        self.losses = Losses(
            self.accounts,
            self.mentors,
            self.pairs,
            self.closings,
            self.never_together,
            doors,
            self.caring,
            self.away,
            self.notices,
        )
        self.handovers = Handovers(self.accounts, self.pairs, handed_over, self.notices, self.vault)
        for observer in (self.caring, self.away, self.handovers):
            self.pairs.observe(observer)

    async def tidy(self, db: AsyncSession) -> int:
        """Forget what nobody can use any more. Returns how many events were dropped: there may be more."""
        await self.accounts.tidy(db)
        await self.limits.sweep(db)
        await self.turning_away.forget(db)
        return await events.forget_old(db)

    async def close(self) -> None:
        """Finish what is under way; give back connections and threads."""
        await self.writer.finish()
        await self.sides.finish()
        await self.correspondence.finish()
        await self.bus.close()
        await self.delivery.close()
        await self.database.close()
        self.hasher.close()
        self.picture_threads.close()


def connections_of_one_process(settings: Settings) -> int:
    """How many connections to Postgres a process with these settings opens at the most."""
    return settings.pool_size + settings.delivery_pool_size + LISTENERS
