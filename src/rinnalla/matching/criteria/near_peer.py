"""A mentor who is 3 to 10 years older; points fade over ten years on either side. A young person who did not tell their
birth year is looked at as the age, of those whom the service is for, that fits each mentor best: telling it can't gain
anything. A mentor who did not tell gets none."""

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Reason, Soft, Texts, Told
from rinnalla.matching.features import MISSING, Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

AGES = (16, 25)
"""For whom the service is: someone who is told to be older or younger is looked at as the nearest of these."""
YEARS_OLDER = (3, 10)
FADES_OVER = 10


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    year = features.pool.today.year
    told = features.of_mentees("birth_year", lambda one: one.birth_year)[mentee]
    mentor_born = features.of_mentors("birth_year", lambda one: one.birth_year)[mentor]
    age = np.clip(year - told, *AGES)
    youngest, oldest = np.where(told == MISSING, AGES[0], age), np.where(told == MISSING, AGES[1], age)
    mentor_age = year - mentor_born
    too_young, too_old = youngest + YEARS_OLDER[0] - mentor_age, mentor_age - oldest - YEARS_OLDER[1]
    years_off = np.clip(np.maximum(too_young, too_old), 0, FADES_OVER)
    return np.where(mentor_born == MISSING, 0, most * (FADES_OVER - years_off) // FADES_OVER)


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    if mentor.birth_year is None:
        return Told(Reason.NOT_TOLD)
    ages = AGES if mentee.birth_year is None else (min(max(pool.today.year - mentee.birth_year, AGES[0]), AGES[1]),) * 2
    fits = ages[0] + YEARS_OLDER[0] <= pool.today.year - mentor.birth_year <= ages[1] + YEARS_OLDER[1]
    return Told(Reason.ALL_MET if fits else Reason.SOME_MET)


CRITERION = Soft(
    name="near_peer",
    most=5,
    why=Texts(
        fi="Vain vähän vanhempi mentori muistaa, millaista se oli.",
        sv="En mentor som är bara lite äldre minns hur det var.",
        nb="En mentor som bare er litt eldre, husker hvordan det var.",
        en="A mentor who is only a little older remembers what it was like.",
    ),
    speaks_for=Texts(
        fi="Mentori on iältään lähellä nuorta.",
        sv="Mentorn är nära den unga i ålder.",
        nb="Mentoren er nær den unge i alder.",
        en="The mentor is close to the young person in age.",
    ),
    speaks_against=Texts(
        fi="Ikäero on suuri tai hyvin pieni, tai mentorin ikä ei ole tiedossa.",
        sv="Åldersskillnaden är stor eller mycket liten, eller mentorns ålder är inte känd.",
        nb="Aldersforskjellen er stor eller svært liten, eller mentorens alder er ikke kjent.",
        en="The difference in age is large or very small, or the mentor's age is not known.",
    ),
    evidence=Evidence(
        Level.MODERATE,
        "In foster care, near-peer mentors were more than twice as effective. The 3-10 years are our reading of it.",
        "Poon, Christensen, Rhodes 2021 (9 programmes, n = 55,561)",
    ),
    points=points,
    tell=tell,
)
