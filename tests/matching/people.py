"""People for pools, one by one and at random."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st

from rinnalla.matching.criteria import CRITERIA
from rinnalla.matching.pool import AgeRule, Apart, MenteeSide, MentorSide, Pool

T = TypeVar("T")
TODAY = date(2026, 11, 21)
HOME = UUID(int=9)
MENTEE = MenteeSide(account_id=UUID(int=1), organisation_id=HOME, times=frozenset({"night", "weekend_day"}))
"""Who wishes for nothing and can talk whenever MENTOR can."""
MENTOR = MentorSide(
    account_id=UUID(int=2),
    organisation_id=HOME,
    languages=frozenset({"fi"}),
    region="uusimaa",
    gender="female",
    birth_year=2000,
    times=frozenset({"night", "weekend_day"}),
    topics=frozenset({"housing"}),
    experiences=frozenset({"foster_care"}),
    interests=frozenset({"manga", "chess"}),
    dislikes=frozenset({"small talk"}),
    reply_rhythm="few_days",
    capacity=4,
)
WEIGHTS = CRITERIA.standard_weights

LANGUAGES = ["fi", "sv", "nb", "en", "so"]
TOPICS = ["housing", "money", "studies", "friends", "violence", "loneliness"]
EXPERIENCES = ["foster_care", "moved_often", "aftercare", "debt"]
TIMES = ["weekday_morning", "weekday_evening", "weekend_day", "night"]
WORDS = [f"word {number}" for number in range(70)]
"""More than one machine word of bits."""
REGIONS = ["", "uusimaa", "pirkanmaa"]
RHYTHMS = [None, "same_day", "few_days", "weekly"]
GENDERS = [None, "female", "male", "other"]
MATTERS = sorted(CRITERIA.may_matter)


def pool_of(mentee: MenteeSide, *mentors: MentorSide, apart: frozenset[Apart] = frozenset()) -> Pool:
    return Pool((mentee,), mentors, apart, TODAY)


class Chance:
    """Random people from a seed: a pool has hundreds of little choices, which are made faster here than by Hypothesis,
    and the seed is enough to have the same pool again."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def one(self, of: Sequence[T]) -> T:
        return self._random.choice(of)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def some(self, of: Sequence[T], most: int = 4, least: int = 0) -> frozenset[T]:
        return frozenset(self._random.sample(list(of), self.number(min(least, len(of)), min(most, len(of)))))

    def order(self, of: Sequence[T], most: int) -> tuple[T, ...]:
        return tuple(self._random.sample(list(of), self.number(0, min(most, len(of)))))

    def shuffled(self, of: Sequence[T]) -> tuple[T, ...]:
        return tuple(self._random.sample(list(of), len(of)))

    def year(self, first: int = 1950, last: int = 2012) -> int | None:
        return self.one([None, self.number(first, last), self.number(1990, 2009)])

    def mentor(self, number: int) -> MentorSide:
        """Mostly such that they could be proposed to someone."""
        low = self.one([None, None, 18])
        away = self.one([None, None, TODAY + timedelta(days=self.number(-9, 9))])
        return MentorSide(
            account_id=UUID(int=1000 + number),
            organisation_id=self.one([HOME] * 9 + [UUID(int=10)]),
            languages=self.some(LANGUAGES),
            region=self.one(REGIONS),
            gender=self.one(GENDERS),
            birth_year=self.year(),
            times=self.some(TIMES),
            topics=self.some(TOPICS),
            experiences=self.some(EXPERIENCES),
            interests=self.some(WORDS),
            dislikes=self.some(WORDS),
            reply_rhythm=self.one(RHYTHMS),
            cannot_carry=self.some(TOPICS, 1),
            mentee_age_min=low,
            mentee_age_max=None if low is None else low + 10,
            never=frozenset({UUID(int=self.number(1, 9))}),
            approved=self.one([True, True, True, False]),
            screened_on=self.one([date.min, TODAY, TODAY, None]),
            screened_until=self.one([None, TODAY, TODAY - timedelta(days=1)]),
            capacity=self.number(0, 5),
            open_pairs=self.number(0, 2),
            away_from=away,
            away_until=away and away + timedelta(days=7),
        )

    def mentee(self, number: int, mentor_ids: Sequence[UUID]) -> MenteeSide:
        low = self.one([None, None, self.number(14, 40)])
        return MenteeSide(
            account_id=UUID(int=number),
            organisation_id=HOME,
            languages=self.some(LANGUAGES),
            region=self.one(REGIONS),
            gender_wish=self.one([None, None, *GENDERS]),
            age_min=low,
            age_max=self.one([None, (low or 20) + self.number(0, 30)]),
            times=self.some(TIMES),
            topics=self.some(TOPICS),
            experiences=self.some(EXPERIENCES),
            interests=self.some(WORDS),
            dislikes=self.some(WORDS),
            matters_most=self.some(MATTERS, 3),
            choices=self.order(mentor_ids, 5),
            reply_rhythm=self.one(RHYTHMS),
            birth_year=self.year(1990),
            never=self.some(mentor_ids, 1),
        )

    def pool(self, most_mentees: int = 4, most_mentors: int = 6, least_mentees: int = 0) -> Pool:
        """Also without anybody on either side."""
        mentors = tuple(self.mentor(number) for number in range(self.number(0, most_mentors)))
        ids = [mentor.account_id for mentor in mentors]
        mentees = tuple(self.mentee(one + 1, ids) for one in range(self.number(least_mentees, most_mentees)))
        apart: frozenset[Apart] = frozenset()
        if mentees and mentors:
            apart |= {Apart(self.one(mentees).account_id, self.one(mentors).account_id, "paired_before")}
        return Pool(mentees, mentors, apart, TODAY, AgeRule(self.one([0, 18, 25]), self.one([-99, 0, 3])))


chances = st.integers(0, 2**32).map(Chance)
