"""Shared life experience. All points when the mentor has lived through everything that the young person named; half of
them when one thing is missing, a third when two are."""

from rinnalla.matching.criterion import Evidence, Level, Soft, Texts, Told, compare, one_more
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    return most // (1 + features.overlap("experiences").unmet(mentee, mentor))


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    return compare(mentee.experiences, mentor.experiences)


CRITERION = Soft(
    name="experience",
    most=25,
    why=Texts(
        fi="Samanlaisia asioita elänyt ymmärtää ilman pitkiä selityksiä.",
        sv="Den som har levt med liknande saker förstår utan långa förklaringar.",
        nb="Den som har levd med noe lignende, forstår uten lange forklaringer.",
        en="Someone who has lived through similar things understands without long explanations.",
    ),
    speaks_for=Texts(
        fi="Mentori on elänyt läpi samanlaisia asioita.",
        sv="Mentorn har gått igenom liknande saker.",
        nb="Mentoren har gått gjennom lignende ting.",
        en="The mentor has lived through similar things.",
    ),
    speaks_against=Texts(
        fi="Mentorilla ei ole kaikkia nuoren nimeämiä kokemuksia.",
        sv="Mentorn har inte alla erfarenheter som den unga nämnde.",
        nb="Mentoren har ikke alle erfaringene som den unge nevnte.",
        en="The mentor does not share all the experiences that the young person named.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "Shared backgrounds and lived experience are on the field's standard list; care leavers call such mentors "
        "enthusiastic and understanding. No study gives a weight.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 9; Scottish Government, peer mentoring report",
    ),
    points=points,
    tell=tell,
    nearer=one_more("experiences"),
)
