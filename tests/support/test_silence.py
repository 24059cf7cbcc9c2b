"""Silence is a state: few words, ever further apart, signed, never at night, none after "not now"."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rinnalla.kit.caller import Role
from rinnalla.support.silence import NotNow, NudgeRules, Silence, Talk, due_at, is_quiet, quiet_ends_at, silence

BEGAN = datetime(2026, 9, 1, 10, tzinfo=UTC)
RULES = NudgeRules()
LOCAL = {"FI": ZoneInfo("Europe/Helsinki"), "SE": ZoneInfo("Europe/Stockholm"), "NO": ZoneInfo("Europe/Oslo")}


def day(number: float) -> datetime:
    return BEGAN + timedelta(days=number)


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (Talk(began_at=BEGAN), Silence(Role.MENTEE, BEGAN, 0)),
        (Talk(began_at=BEGAN, mentor_wrote_at=day(3)), Silence(Role.MENTEE, BEGAN, 0)),
        (Talk(began_at=BEGAN, mentee_wrote_at=day(1), mentor_wrote_at=day(3)), Silence(Role.MENTEE, day(1), 0)),
        (Talk(began_at=BEGAN, mentee_wrote_at=day(4), mentor_wrote_at=day(3)), Silence(Role.MENTOR, day(3), 0)),
        (Talk(began_at=BEGAN, mentee_wrote_at=day(4)), Silence(Role.MENTOR, BEGAN, 0)),
        (Talk(began_at=BEGAN, sent_to_mentee=[day(14), day(30)]), Silence(Role.MENTEE, BEGAN, 2)),
        # a word of theirs ends a silence, and what was sent in it counts no more
        (
            Talk(began_at=BEGAN, mentee_wrote_at=day(20), mentor_wrote_at=day(21), sent_to_mentee=[day(14), day(30)]),
            Silence(Role.MENTEE, day(20), 1),
        ),
    ],
)
def test_whose_word_is_missing(talk: Talk, expected: Silence) -> None:
    assert silence(talk) == expected


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (Talk(began_at=BEGAN), day(14)),
        (Talk(began_at=BEGAN, mentor_wrote_at=day(10)), day(24)),
        (Talk(began_at=BEGAN, sent_to_mentee=[day(14)]), day(30)),
        # one that was signed late puts the next one off
        (Talk(began_at=BEGAN, sent_to_mentee=[day(29)]), day(45)),
        (Talk(began_at=BEGAN, sent_to_mentee=[day(14), day(30)]), day(60)),
        (Talk(began_at=BEGAN, sent_to_mentee=[day(14), day(30), day(60)]), None),
        # who was nudged in another pair is left in peace in this one
        (Talk(began_at=day(20), sent_to_mentee=[day(19)]), day(34)),
        (Talk(began_at=BEGAN, mentee_not_now=NotNow(day(2), None)), None),
        (Talk(began_at=BEGAN, mentee_not_now=NotNow(day(2), day(40))), day(40)),
        (Talk(began_at=BEGAN, mentee_not_now=NotNow(day(2), day(5))), day(14)),
        # what they write takes it back
        (
            Talk(began_at=BEGAN, mentee_not_now=NotNow(day(2), None), mentee_wrote_at=day(3), mentor_wrote_at=day(4)),
            day(18),
        ),
        # a mentor's silence is not for the young person to be left in peace from
        (Talk(began_at=BEGAN, mentee_not_now=NotNow(day(4), None), mentee_wrote_at=day(3)), day(17)),
        # but a mentor may say it as well
        (Talk(began_at=BEGAN, mentor_not_now=NotNow(day(4), None), mentee_wrote_at=day(3)), None),
        (Talk(began_at=BEGAN, mentor_not_now=NotNow(day(4), day(30)), mentee_wrote_at=day(3)), day(30)),
        (Talk(began_at=BEGAN, mentor_not_now=NotNow(day(4), None)), day(14)),
        (
            Talk(began_at=BEGAN, mentor_not_now=NotNow(day(4), None), mentee_wrote_at=day(6), mentor_wrote_at=day(5)),
            day(20),
        ),
    ],
)
def test_when_a_word_may_come(talk: Talk, expected: datetime | None) -> None:
    assert due_at(talk, RULES) == expected


def test_a_programme_may_want_none() -> None:
    assert due_at(Talk(began_at=BEGAN), NudgeRules(most=0)) is None
    assert due_at(Talk(began_at=BEGAN), NudgeRules(days=())) is None


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-11-22T18:59:59+00:00", False),
        ("2026-11-22T19:00:00+00:00", True),
        ("2026-11-22T06:59:59+00:00", True),
        ("2026-11-22T07:00:00+00:00", False),
        # summer time: an hour earlier in UTC
        ("2026-07-01T18:00:00+00:00", True),
        ("2026-07-01T06:00:00+00:00", False),
    ],
)
def test_the_night_is_the_programmes_own(moment: str, quiet: bool) -> None:
    assert is_quiet(datetime.fromisoformat(moment), "FI", RULES) is quiet


@given(
    st.integers(0, 8 * 365 * 24 * 3600).map(
        lambda second: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    ),
    st.sampled_from(sorted(LOCAL)),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_quiet_hours_end_when_they_are_over_also_when_clocks_change(
    moment: datetime, country: str, begins: int, ends: int
) -> None:
    rules = NudgeRules(quiet_from=begins, quiet_until=ends)
    if not is_quiet(moment, country, rules):
        return
    over = quiet_ends_at(moment, country, rules)
    assert timedelta(0) < over - moment <= timedelta(hours=25)
    assert not is_quiet(over, country, rules)
    assert is_quiet(over - timedelta(microseconds=1), country, rules)


class Calendar(RuleBasedStateMachine):
    """A pair's days: both write or don't, "not now" is said, staff and the mentor sign whatever may be signed."""

    def __init__(self) -> None:
        super().__init__()
        # Two days before the clocks go back, so that a year holds both changes.
        self.now = datetime(2026, 10, 23, 12, tzinfo=UTC)
        self.began = self.now
        self.wrote: dict[Role, datetime | None] = {Role.MENTEE: None, Role.MENTOR: None}
        self.sent: dict[Role, list[datetime]] = {Role.MENTEE: [], Role.MENTOR: []}
        self.in_this_silence: dict[Role, int] = {Role.MENTEE: 0, Role.MENTOR: 0}
        self.declined: dict[Role, NotNow | None] = {Role.MENTEE: None, Role.MENTOR: None}

    @property
    def talk(self) -> Talk:
        return Talk(
            began_at=self.began,
            mentee_wrote_at=self.wrote[Role.MENTEE],
            mentor_wrote_at=self.wrote[Role.MENTOR],
            mentee_not_now=self.declined[Role.MENTEE],
            mentor_not_now=self.declined[Role.MENTOR],
            sent_to_mentee=self.sent[Role.MENTEE],
            sent_to_mentor=self.sent[Role.MENTOR],
        )

    @rule(hours=st.integers(1, 24 * 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=st.sampled_from([Role.MENTEE, Role.MENTOR]))
    def someone_writes(self, who: Role) -> None:
        self.now += timedelta(seconds=1)
        self.wrote[who] = self.now
        self.in_this_silence[who] = 0

    @rule(who=st.sampled_from([Role.MENTEE, Role.MENTOR]), days=st.none() | st.integers(1, 90))
    def someone_says_not_now(self, who: Role, days: int | None) -> None:
        self.now += timedelta(seconds=1)
        self.declined[who] = NotNow(self.now, None if days is None else self.now + timedelta(days=days))

    @rule()
    @precondition(lambda self: (due_at(self.talk, RULES) or datetime.max.replace(tzinfo=UTC)) <= self.now)
    def someone_signs(self) -> None:
        """As `Nudges.send` does: refused in quiet hours, at any other time sent."""
        if is_quiet(self.now, "FI", RULES):
            return
        of = silence(self.talk).of
        before = max(self.sent[of], default=None)
        assert before is None or self.now - before >= timedelta(days=14)
        self.sent[of].append(self.now)
        self.in_this_silence[of] += 1
        assert not self.now.astimezone(LOCAL["FI"]).hour >= 21
        assert not self.now.astimezone(LOCAL["FI"]).hour < 9
        if (declined := self.declined[of]) is not None:
            has_written_since = (self.wrote[of] or self.began) > declined.said_at
            is_over = declined.until is not None and declined.until <= self.now
            assert has_written_since or is_over
        words = [moment for moment in (self.began, *self.wrote.values()) if moment is not None]
        assert self.now - max(words) >= timedelta(days=14)

    @invariant()
    def never_more_than_the_programme_allows(self) -> None:
        assert all(count <= RULES.most for count in self.in_this_silence.values())


TestCalendar = Calendar.TestCase
TestCalendar.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
