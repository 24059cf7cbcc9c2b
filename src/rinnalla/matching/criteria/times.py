"""Times of day at which both can talk: half for one in common, all for two or more. They are what someone can do and
no wish: who names fewer has no more in common with anybody, and who names none has none."""

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Reason, Soft, Texts, Told, compare, one_more
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

ENOUGH = 2


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    return most * np.minimum(features.overlap("times").common(mentee, mentor), ENOUGH) // ENOUGH


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    if not mentee.times or not mentor.times:
        return Told(Reason.NOT_TOLD, unmet=tuple(sorted(mentee.times)))
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
        fi="Yhteisiä aikoja on vähän tai ei lainkaan, tai jompikumpi ei ole kertonut omiaan.",
        sv="De har få eller inga gemensamma tider, eller någon av dem har inte berättat om sina.",
        nb="De har få eller ingen felles tider, eller en av dem har ikke fortalt om sine.",
        en="They have few times in common, or none, or one of the two has not told theirs.",
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
