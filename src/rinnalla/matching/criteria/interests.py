"""Interests in common: half for one, all for two or more. Naming more of them gives more to have in common."""

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Soft, Texts, Told, compare, one_more
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

ENOUGH = 2


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    interests = features.overlap("interests")
    shared = most * np.minimum(interests.common(mentee, mentor), ENOUGH) // ENOUGH
    return np.where(interests.asked[mentee] > 0, shared, most)


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    return compare(mentee.interests, mentor.interests)


CRITERION = Soft(
    name="interests",
    most=5,
    why=Texts(
        fi="Yhteiset kiinnostukset antavat helpon alun.",
        sv="Gemensamma intressen gör det lätt att börja.",
        nb="Felles interesser gjør det lett å begynne.",
        en="Shared interests make it easy to begin.",
    ),
    speaks_for=Texts(
        fi="Heillä on yhteisiä kiinnostuksen kohteita.",
        sv="De har gemensamma intressen.",
        nb="De har felles interesser.",
        en="They have interests in common.",
    ),
    speaks_against=Texts(
        fi="Yhteisiä kiinnostuksen kohteita on vähän tai ei lainkaan.",
        sv="De har få eller inga gemensamma intressen.",
        nb="De har få eller ingen felles interesser.",
        en="They have few interests in common, or none.",
    ),
    evidence=Evidence(
        Level.MODERATE,
        "Programmes that matched by similar interests did better.",
        "DuBois et al. 2011 (meta-analysis)",
    ),
    points=points,
    tell=tell,
    nearer=one_more("interests"),
)
