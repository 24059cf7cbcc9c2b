"""Who suits whom, as rules without a database."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.matching.policy import (
    EVIDENCE,
    WEIGHTS,
    Contribution,
    Criterion,
    Exclusion,
    ScoreReason,
    exclusions,
    history_of,
    rank,
)
from rinnalla.pairs.policy import is_away
from rinnalla.pairs.service import PairState
from rinnalla.profiles.service import CardView, WishesView

TODAY = date(2026, 11, 21)
NO_WISHES = WishesView(
    account_id=UUID(int=1),
    languages=[],
    region="",
    gender_wish=None,
    age_min=None,
    age_max=None,
    times=[],
    topics=[],
    note=None,
)
CARD = CardView(
    account_id=UUID(int=2),
    display_name="Aino",
    languages=["fi"],
    region="Uusimaa",
    gender="female",
    birth_year=2000,
    times=["night"],
    topics=["housing"],
    channels=["chat"],
    capacity=4,
    open_pairs=0,
    away_from=None,
    away_until=None,
)

LANGUAGES = ["fi", "sv", "nb", "en", "so"]
TOPICS = ["housing", "money", "studies", "friends", "violence", "loneliness"]
TIMES = ["weekday_morning", "weekday_evening", "weekend_day", "night"]
REGIONS = ["", "Uusimaa", "Pirkanmaa"]


def some(of: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), unique=True)


genders = st.none() | st.sampled_from(["female", "male", "other"])
ages = st.none() | st.integers(16, 80)
wishes_of_anyone = st.builds(
    replace,
    st.just(NO_WISHES),
    languages=some(LANGUAGES),
    region=st.sampled_from(REGIONS),
    gender_wish=genders,
    age_min=ages,
    age_max=ages,
    times=some(TIMES),
    topics=some(TOPICS),
)
cards_of_anyone = st.builds(
    replace,
    st.just(CARD),
    account_id=st.uuids(),
    languages=some(LANGUAGES),
    region=st.sampled_from(REGIONS),
    gender=genders,
    birth_year=st.none() | st.integers(1930, 2010),
    times=some(TIMES),
    topics=some(TOPICS),
    capacity=st.integers(0, 30),
    open_pairs=st.integers(0, 30),
    away_from=st.none() | st.just(date(2026, 11, 1)),
    away_until=st.sampled_from([date(2026, 11, 10), date(2026, 12, 1)]),
)
histories = st.dictionaries(st.uuids(), st.sets(st.sampled_from([Exclusion.PAIRED_NOW, Exclusion.DECLINED_BEFORE])))
pools = st.lists(cards_of_anyone, max_size=6, unique_by=lambda card: card.account_id)


def judged(wishes: WishesView, card: CardView) -> dict[Criterion, Contribution]:
    (suggestion,) = rank(wishes, [replace(card, capacity=30, open_pairs=0, away_from=None)], {}, TODAY).suggested
    return {one.criterion: one for one in suggestion.contributions}


def score(wishes: WishesView, card: CardView) -> int | None:
    """None when the mentor is ruled out."""
    suggested = rank(wishes, [card], {}, TODAY).suggested
    return suggested[0].score if suggested else None


EXCLUDED: list[tuple[dict[str, object], dict[str, object], list[str]]] = [
    ({}, {}, []),
    ({}, {"languages": []}, []),
    ({"languages": ["fi", "sv"]}, {}, []),
    ({"languages": ["sv"]}, {}, ["no_common_language"]),
    ({"gender_wish": "female"}, {}, []),
    ({"gender_wish": "male"}, {}, ["gender_wish"]),
    ({"gender_wish": "male"}, {"gender": None}, ["gender_wish"]),
    ({"age_min": 26}, {}, []),  # born in 2000: 25 or 26 in November 2026
    ({"age_min": 27}, {}, ["age_wish"]),
    ({"age_max": 25}, {}, []),
    ({"age_max": 24}, {}, ["age_wish"]),
    ({"age_max": 99}, {"birth_year": None}, ["age_wish"]),
    ({}, {"open_pairs": 4}, ["full"]),
    ({}, {"open_pairs": 5}, ["full"]),
    ({}, {"capacity": 0}, ["full"]),
    ({}, {"away_from": TODAY, "away_until": TODAY}, ["away"]),
    ({"languages": ["sv"]}, {"open_pairs": 4}, ["no_common_language", "full"]),
]


@pytest.mark.parametrize(("wished", "offered", "expected"), EXCLUDED)
def test_what_rules_a_mentor_out(wished: dict[str, object], offered: dict[str, object], expected: list[str]) -> None:
    wishes, card = replace(NO_WISHES, **wished), replace(CARD, **offered)  # type: ignore[arg-type]  # a table of any field
    assert list(exclusions(wishes, card, (), TODAY)) == expected


POINTS: list[tuple[dict[str, object], dict[str, object], Criterion, int, ScoreReason]] = [
    ({}, {}, Criterion.TOPICS, 40, ScoreReason.NOT_ASKED),
    ({"topics": ["housing"]}, {}, Criterion.TOPICS, 40, ScoreReason.ALL_MET),
    ({"topics": ["housing", "money"]}, {}, Criterion.TOPICS, 26, ScoreReason.SOME_MET),
    ({"topics": ["money", "friends"]}, {}, Criterion.TOPICS, 20, ScoreReason.NONE_MET),
    ({}, {}, Criterion.TIMES, 15, ScoreReason.NOT_ASKED),
    ({"times": ["night"]}, {}, Criterion.TIMES, 7, ScoreReason.ALL_MET),
    ({"times": ["night", "weekend_day"]}, {"times": TIMES}, Criterion.TIMES, 15, ScoreReason.ALL_MET),
    ({"times": ["weekend_day"]}, {}, Criterion.TIMES, 0, ScoreReason.NONE_MET),
    ({"languages": ["fi"]}, {}, Criterion.LANGUAGES, 5, ScoreReason.ALL_MET),
    ({"languages": ["fi", "sv"]}, {"languages": ["sv", "fi"]}, Criterion.LANGUAGES, 10, ScoreReason.ALL_MET),
    ({"region": " uusimaa"}, {}, Criterion.REGION, 10, ScoreReason.ALL_MET),
    ({"region": "Lappi"}, {}, Criterion.REGION, 0, ScoreReason.NONE_MET),
    ({}, {"birth_year": 2007}, Criterion.NEAR_PEER, 15, ScoreReason.NEAR_IN_AGE),
    ({}, {"birth_year": 1991}, Criterion.NEAR_PEER, 15, ScoreReason.NEAR_IN_AGE),
    ({}, {"birth_year": 1986}, Criterion.NEAR_PEER, 7, ScoreReason.FAR_IN_AGE),
    ({}, {"birth_year": 1950}, Criterion.NEAR_PEER, 0, ScoreReason.FAR_IN_AGE),
    ({}, {"birth_year": None}, Criterion.NEAR_PEER, 0, ScoreReason.AGE_UNKNOWN),
]


@pytest.mark.parametrize(("wished", "offered", "criterion", "points", "reason"), POINTS)
def test_what_gives_points(
    wished: dict[str, object], offered: dict[str, object], criterion: Criterion, points: int, reason: ScoreReason
) -> None:
    wishes, card = replace(NO_WISHES, **wished), replace(CARD, **offered)  # type: ignore[arg-type]  # a table of any field
    found = judged(wishes, card)[criterion]
    assert (found.points, found.reason, found.most) == (points, reason, WEIGHTS.points[criterion])


@pytest.mark.parametrize(("open_pairs", "points"), [(0, 10), (1, 7), (2, 5), (3, 2)])
def test_who_carries_less_gets_more(open_pairs: int, points: int) -> None:
    (suggestion,) = rank(NO_WISHES, [replace(CARD, open_pairs=open_pairs)], {}, TODAY).suggested
    assert {one.criterion: one.points for one in suggestion.contributions}[Criterion.LOAD] == points


def test_the_weights_are_whole() -> None:
    assert sum(WEIGHTS.points.values()) == 100
    assert set(WEIGHTS.points) == set(EVIDENCE) == set(Criterion)


@pytest.mark.parametrize(
    ("first", "last", "away"),
    [
        (None, None, False),
        (date(2026, 11, 21), date(2026, 11, 21), True),
        (date(2026, 11, 1), date(2026, 12, 1), True),
        (date(2026, 11, 22), date(2026, 12, 1), False),
        (date(2026, 11, 1), date(2026, 11, 20), False),
    ],
)
def test_who_is_away(first: date | None, last: date | None, away: bool) -> None:
    assert is_away(replace(CARD, away_from=first, away_until=last), TODAY) is away


def test_what_earlier_pairs_rule_out() -> None:
    mentors = [UUID(int=number) for number in range(len(PairState))]
    assert history_of(zip(mentors, PairState, strict=True)) == {
        mentors[0]: {Exclusion.PAIRED_NOW},
        mentors[1]: {Exclusion.PAIRED_NOW},
        mentors[2]: {Exclusion.DECLINED_BEFORE},
        mentors[4]: {Exclusion.PAIRED_BEFORE},
    }


@given(wishes_of_anyone, pools, histories)
def test_points_add_up_and_stay_within_bounds(
    wishes: WishesView, pool: list[CardView], history: dict[UUID, set[Exclusion]]
) -> None:
    for suggestion in rank(wishes, pool, history, TODAY).suggested:
        assert [one.criterion for one in suggestion.contributions] == list(Criterion)
        assert all(0 <= one.points <= one.most for one in suggestion.contributions)
        assert suggestion.score == sum(one.points for one in suggestion.contributions)
        assert 0 <= suggestion.score <= 100


@given(wishes_of_anyone, pools, st.data())
def test_everyone_is_judged_once_and_who_is_ruled_out_is_not_ranked(
    wishes: WishesView, pool: list[CardView], data: st.DataObject
) -> None:
    ids = [card.account_id for card in pool]
    refused_by = set(data.draw(st.lists(st.sampled_from(ids))) if ids else [])
    ranking = rank(wishes, pool, {one: {Exclusion.DECLINED_BEFORE} for one in refused_by}, TODAY)
    suggested = {one.card.account_id for one in ranking.suggested}
    excluded = {one.card.account_id: one.reasons for one in ranking.excluded}
    assert len(ranking.suggested) + len(ranking.excluded) == len(pool)
    assert suggested | excluded.keys() == set(ids)
    assert not suggested & refused_by
    assert all(excluded.values())
    for suggestion in ranking.suggested:
        card = suggestion.card
        assert card.open_pairs < card.capacity
        assert not is_away(card, TODAY)
        assert wishes.gender_wish in {None, card.gender}
        assert not wishes.languages or set(wishes.languages) & set(card.languages)


@given(wishes_of_anyone, pools, st.randoms())
def test_the_order_depends_on_the_people_alone(wishes: WishesView, pool: list[CardView], random: object) -> None:
    shuffled = list(pool)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    assert rank(wishes, shuffled, {}, TODAY) == rank(wishes, pool, {}, TODAY)
    scores = [one.score for one in rank(wishes, pool, {}, TODAY).suggested]
    assert scores == sorted(scores, reverse=True)


@given(wishes_of_anyone, cards_of_anyone, st.sampled_from(TOPICS))
def test_one_more_shared_topic_never_lowers(wishes: WishesView, card: CardView, topic: str) -> None:
    wishes = replace(wishes, topics=sorted({*wishes.topics, topic}))
    with_topic = replace(card, topics=sorted({*card.topics, topic}))
    without = replace(card, topics=[one for one in card.topics if one != topic])
    before, after = score(wishes, without), score(wishes, with_topic)
    assert (before is None) == (after is None)
    assert before is None or after is None or before < after
    both_gain = score(replace(wishes, topics=[one for one in wishes.topics if one != topic]), without)
    assert both_gain is None or after is None or both_gain <= after


@given(wishes_of_anyone, cards_of_anyone, st.data())
def test_a_mentor_who_offers_more_never_loses(wishes: WishesView, card: CardView, data: st.DataObject) -> None:
    more = replace(
        card,
        languages=sorted({*card.languages, *data.draw(some(LANGUAGES))}),
        times=sorted({*card.times, *data.draw(some(TIMES))}),
        topics=sorted({*card.topics, *data.draw(some(TOPICS))}),
        capacity=card.capacity + data.draw(st.integers(0, 5)),
    )
    before, after = score(wishes, card), score(wishes, more)
    assert before is None or (after is not None and before <= after)


@given(wishes_of_anyone, cards_of_anyone, st.data())
def test_wishing_for_less_never_worsens(wishes: WishesView, card: CardView, data: st.DataObject) -> None:
    less = replace(
        wishes,
        topics=data.draw(some(wishes.topics)) if wishes.topics else [],
        region=data.draw(st.sampled_from(["", wishes.region])),
        gender_wish=data.draw(st.sampled_from([None, wishes.gender_wish])),
        age_min=None if wishes.age_min is None else data.draw(st.none() | st.integers(0, wishes.age_min)),
        age_max=None if wishes.age_max is None else data.draw(st.none() | st.integers(wishes.age_max, 120)),
        times=data.draw(st.sampled_from([[], wishes.times, TIMES])),
        languages=data.draw(st.sampled_from([[], wishes.languages, [*LANGUAGES, "ar"]])) if wishes.languages else [],
    )
    if not wishes.times:
        less = replace(less, times=[])
    before, after = score(wishes, card), score(less, card)
    assert before is None or (after is not None and before <= after)
