"""Times of day at which both can talk: half for one in common, all for two or more. They are what someone can do, so
naming more of them asks for less, and naming none is to be free at any time."""

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Soft, Texts, Told, compare, one_more
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

ENOUGH = 2


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    times = features.overlap("times")
    shared = most * np.minimum(times.common(mentee, mentor), ENOUGH) // ENOUGH
    return np.where(times.asked[mentee] > 0, shared, most)


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    return compare(mentee.times, mentor.times)


CRITERION = Soft(
    name="times",
    most=6,
    why=Texts(
        fi="Pari tarvitsee hetkiä, jolloin molemmat ehtivät jutella.",
        sv="Paret behöver stunder då båda hinner prata.",
        nb="Paret trenger stunder da begge har tid til å snakke.",
        en="A pair needs moments at which both can talk.",
    ),
    speaks_for=Texts(
        fi="Heille sopivat samat ajat.",
        sv="Samma tider passar båda.",
        nb="De samme tidene passer begge.",
        en="The same times suit both.",
    ),
    speaks_against=Texts(
        fi="Yhteisiä aikoja on vähän tai ei lainkaan.",
        sv="De har få eller inga gemensamma tider.",
        nb="De har få eller ingen felles tider.",
        en="They have few times in common, or none.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "Compatible times are on the field's standard list; in a trial, weekly meetings were hard to keep.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 9; Mezey et al. 2015",
    ),
    points=points,
    tell=tell,
    nearer=one_more("times"),
)
