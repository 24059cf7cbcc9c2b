"""When silence asks for a gentle word, and when it does not: no I/O.

No answer does not mean that the message did not arrive: contact is kept warm, with few words, ever further apart, each
one signed by a human, and none after someone said "not now".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rinnalla.kit.caller import Role

ZONES = {"FI": ZoneInfo("Europe/Helsinki"), "SE": ZoneInfo("Europe/Stockholm"), "NO": ZoneInfo("Europe/Oslo")}


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeRules:
    """After how many days of silence each nudge may come, how many there may be, and from which hour to which nobody is
    nudged (local time; the same hour twice: at any time)."""

    days: tuple[int, ...] = (14, 30, 60)
    most: int = 3
    quiet_from: int = 21
    quiet_until: int = 9


@dataclass(frozen=True, slots=True)
class NotNow:
    """When someone said that they want no nudges, in any of their pairs, and until when (None: until they write). What
    they write in a pair takes it back for that pair."""

    said_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How a conversation stands. `sent_to_mentee` and `sent_to_mentor`: when each was nudged, by anyone, whatever it
    was about."""

    began_at: datetime
    mentee_wrote_at: datetime | None = None
    mentor_wrote_at: datetime | None = None
    mentee_not_now: NotNow | None = None
    mentor_not_now: NotNow | None = None
    sent_to_mentee: Sequence[datetime] = ()
    sent_to_mentor: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """Who is silent since when, and which nudge in this silence is the next one (0 for the first)."""

    of: Role
    since: datetime
    step: int


def silence(talk: Talk) -> Silence:
    """Whose word is missing: the young person's, unless they wrote last. Any word of that side ends their silence."""
    waits_for_mentor = talk.mentee_wrote_at is not None and (
        talk.mentor_wrote_at is None or talk.mentor_wrote_at < talk.mentee_wrote_at
    )
    of = Role.MENTOR if waits_for_mentor else Role.MENTEE
    own, sent, _ = _side(talk, of)
    since = max(talk.began_at, own or talk.began_at)
    return Silence(of, since, sum(1 for moment in sent if moment > since))


def due_at(talk: Talk, rules: NudgeRules) -> datetime | None:
    """From when on the next nudge may be sent, as far as quiet hours go; None when there may be none.

    Days are counted from the last word of either side. What the other side writes meanwhile is a kind word too: it puts
    the nudge off, and does not give the silent side back any that were sent.
    """
    now = silence(talk)
    if now.step >= min(rules.most, len(rules.days)):
        return None
    own, sent, said = _side(talk, now.of)
    words = [moment for moment in (talk.began_at, talk.mentee_wrote_at, talk.mentor_wrote_at) if moment is not None]
    earliest = max(words) + timedelta(days=rules.days[now.step])
    if sent:
        before = rules.days[now.step - 1] if now.step > 0 else 0
        earliest = max(earliest, max(sent) + timedelta(days=rules.days[now.step] - before))
    if said is None or (own is not None and own > said.said_at):
        return earliest
    return None if said.until is None else max(earliest, said.until)


def is_quiet(moment: datetime, country: str, rules: NudgeRules) -> bool:
    """Whether nobody is nudged at that moment, where the programme is."""
    hour = moment.astimezone(ZONES[country]).hour
    if rules.quiet_from <= rules.quiet_until:
        return rules.quiet_from <= hour < rules.quiet_until
    return hour >= rules.quiet_from or hour < rules.quiet_until


def quiet_ends_at(moment: datetime, country: str, rules: NudgeRules) -> datetime:
    """When the quiet hours that hold at that moment are over, in UTC."""
    local = moment.astimezone(ZONES[country])
    day = local.date() if local.hour < rules.quiet_until else local.date() + timedelta(days=1)
    return datetime.combine(day, time(rules.quiet_until), ZONES[country]).astimezone(UTC)


def _side(talk: Talk, of: Role) -> tuple[datetime | None, Sequence[datetime], NotNow | None]:
    """When that side last wrote, when it was nudged, and whether it said "not now"."""
    if of == Role.MENTEE:
        return talk.mentee_wrote_at, talk.sent_to_mentee, talk.mentee_not_now
    return talk.mentor_wrote_at, talk.sent_to_mentor, talk.mentor_not_now
