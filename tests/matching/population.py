"""Made-up people for whole pools: what many of them share, few do, and some say nothing of, as it is in earnest."""

from datetime import date
from random import Random
from uuid import UUID

from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

LANGUAGES = {"fi": 60, "sv": 12, "en": 22, "ar": 9, "so": 7}
REGIONS = ("uusimaa", "pirkanmaa", "varsinais-suomi", "pohjois-pohjanmaa", "keski-suomi", "satakunta", "lappi")
TOPICS = ("housing", "money", "loneliness", "studies", "work", "parents", "authorities", "mood", "identity", "love")
EXPERIENCES = ("foster_family", "childrens_home", "kinship", "moved_often", "siblings_apart", "asylum", "own_child")
INTERESTS = tuple(f"interest-{number}" for number in range(40))
DISLIKES = tuple(f"dislike-{number}" for number in range(15))
TIMES = ("weekday_morning", "weekday_afternoon", "weekday_evening", "weekend_day", "weekend_evening", "night")
GENDERS = ("female", "female", "male", "other")
MATTERS = ("experience", "needs", "times", "interests", "region")
HOME = UUID(int=1)
FIRST_DAY = date(2026, 1, 1)


class Population:
    """Makes people by a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._made = 0

    def mentee(self, mentors: tuple[MentorSide, ...] = ()) -> MenteeSide:
        """A young person. Many wish for a gender, a third for an age; some name mentors, chosen or never wanted."""
        chance = self._chance
        age_min = chance.choice((18, 20, 22, 25)) if chance.random() < 0.35 else None
        known = [one.account_id for one in chance.sample(mentors, min(len(mentors), 4))]
        return MenteeSide(
            account_id=self._new_id(),
            organisation_id=HOME,
            languages=self._languages(),
            region=chance.choice(REGIONS) if chance.random() < 0.8 else "",
            gender_wish=chance.choice(GENDERS[1:]) if chance.random() < 0.6 else None,
            age_min=age_min,
            age_max=age_min + chance.choice((8, 12, 15)) if age_min else None,
            times=self._some(TIMES, 3),
            topics=self._some(TOPICS, 3),
            experiences=self._some(EXPERIENCES, 2),
            interests=self._some(INTERESTS, 5),
            dislikes=self._some(DISLIKES, 2),
            matters_most=self._some(MATTERS, 1),
            choices=tuple(known[:3]) if chance.random() < 0.3 else (),
            birth_year=chance.randint(2001, 2010) if chance.random() < 0.6 else None,
            never=frozenset(known[3:]) if chance.random() < 0.1 else frozenset(),
        )

    def mentor(self, most_places: int = 8) -> MentorSide:
        """A mentor with 1 to `most_places` places, none taken. A third can't carry some topic, one in seven is away."""
        chance = self._chance
        return MentorSide(
            account_id=self._new_id(),
            organisation_id=HOME,
            languages=self._languages() | {"fi"} if chance.random() < 0.5 else self._languages(),
            region=chance.choice(REGIONS),
            gender=chance.choice(GENDERS),
            birth_year=chance.randint(1985, 2006),
            times=self._some(TIMES, 4),
            topics=self._some(TOPICS, 6),
            experiences=self._some(EXPERIENCES, 4),
            interests=self._some(INTERESTS, 8),
            dislikes=self._some(DISLIKES, 4),
            cannot_carry=self._some(TOPICS, 1) if chance.random() < 0.35 else frozenset(),
            mentee_age_min=chance.choice((None, None, 18)),
            away_from=FIRST_DAY if chance.random() < 0.15 else None,
            away_until=date.max,
            capacity=chance.randint(1, most_places),
        )

    def waited(self) -> int:
        """Days, of someone on the list of a programme that has too few mentors: a few wait very long."""
        return int(self._chance.expovariate(1 / 40))

    def pool(self, mentees: int, mentors: int) -> Pool:
        """So many of both."""
        of_mentors = tuple(self.mentor() for _ in range(mentors))
        of_mentees = tuple(self.mentee(of_mentors) for _ in range(mentees))
        return Pool(of_mentees, of_mentors, frozenset(), FIRST_DAY)

    def _languages(self) -> frozenset[str]:
        return frozenset(
            self._chance.choices(tuple(LANGUAGES), tuple(LANGUAGES.values()), k=self._chance.choice((1, 2)))
        )

    def _some(self, values: tuple[str, ...], most: int) -> frozenset[str]:
        return frozenset(self._chance.sample(values, self._chance.randint(0, most)))

    def _new_id(self) -> UUID:
        self._made += 1
        return UUID(int=(self._made << 64) + self._chance.getrandbits(60))
