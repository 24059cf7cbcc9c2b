"""What the two say to each other: a conversation of twenty messages, or the lines of a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 4000
"""Characters that one message takes, by the contract."""
YOUNG, MENTOR = "Lumi", "Maija"
_SAYS_SOMETHING = re.compile(r"[^\s\x00]")


class NotReadable(Exception):
    """The file can't be replayed. The text is one line that says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message; `speaker` is YOUNG or MENTOR."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """Messages in their order. At `drop_at`, one of the young person's, the phone loses its connection.
    `has_round`: the story goes on to match everybody who waits."""

    lines: Sequence[Line]
    drop_at: int
    remarks: Sequence[str] = ()
    has_round: bool = False


CONVERSATION = Script(
    lines=(
        Line(YOUNG, "Moi. En oikein tiedä miten tämmönen aloitetaan 😅 mutta siis moi"),
        Line(MENTOR, "Moi Lumi! Ihan juuri noin se aloitetaan. Kiva kun kirjoitit. Mitä sulle kuuluu tänään?"),
        Line(YOUNG, "Muutin lastenkodista omaan kämppään kolme viikkoa sitten. Täällä on tosi hiljasta"),
        Line(
            MENTOR,
            "Muistan sen hiljaisuuden. Mulla jääkaappi piti ekana syksynä eniten ääntä koko kodissa. "
            "Nukuin valot päällä monta kuukautta, ja se oli ihan ok. 💛",
        ),
        Line(YOUNG, "Haha sama!! Luulin et oon ainoa 🥲 Käykö muuten ruotsi? Se on mun sijaisperheen kieli"),
        Line(MENTOR, "Självklart! Då tar vi svenska. Har du kontakt med dem än?"),
        Line(
            YOUNG,
            "Med Gun-Britt, fostermamman. Hon ringer varje söndag och frågar om jag har ätit. Jag säger alltid ja",
        ),
        Line(MENTOR, "Och har du ätit? 🍲 Du kan svara som det är, jag är inte Gun-Britt."),
        Line(YOUNG, "Makaroner. Tre dagar i rad. Men med ketchup så det räknas väl som grönsak 🍝"),
        Line(
            MENTOR,
            "Ketchup räknas definitivt 😄 Jag levde på exakt det ett halvår. Vill du ha mitt recept på linssoppa? "
            "Kostar två euro och räcker i fyra dagar.",
        ),
        Line(MENTOR, "Ingen brådska att svara förresten. Jag är vaken ett tag till."),
        Line(
            YOUNG,
            "Unnskyld, mistet nettet i heisen! Ja takk til suppa 🙏 Broren min bor i Bergen, så jeg øver på norsk. "
            "Skal besøke ham i jula 🎄",
        ),
        Line(MENTOR, "Så koselig! Jeg bodde et år i Tromsø, så norsk går helt fint. Hva gleder du deg mest til?"),
        Line(YOUNG, "At noen åpner døra når jeg ringer på. Det høres kanskje teit ut"),
        Line(MENTOR, "Ikke teit i det hele tatt. Jeg tror det er det de fleste av oss ønsker seg. ❤️"),
        Line(
            YOUNG,
            "cant sleep. some things are easier to say in english. today i thought that if i was gone nobody would "
            "notice until the rent was late",
        ),
        Line(
            MENTOR,
            "I'm really glad you told me. I would notice, and I'm here now. I'll ask you straight, because it's okay "
            "to ask: are you thinking about killing yourself? Are you safe tonight?",
        ),
        Line(YOUNG, "no not like that. i dont want to die. i just didnt want to be alone with it"),
        Line(
            MENTOR,
            "Then you're not alone with it any more. Write as much or as little as you want, I'm staying up for tea "
            "anyway ☕ And if it ever gets too heavy and I'm asleep: the crisis lines in the app have someone awake, "
            "and 112 always answers. Shall we talk tomorrow about who else could know how quiet it gets?",
        ),
        Line(YOUNG, "Joo. Kiitos kun kysyit suoraan. Laitan valon päälle ja yritän nukkua. Hyvää yötä Maija 🌙"),
    ),
    drop_at=8,
    has_round=True,
)


def read_lines(path: Path) -> Script:
    """A file's lines, said in turn, the young person first. Lines without a letter are left out, and what is longer
    than a message is said in several, and both are told in the remarks. Raises: NotReadable.
    """
    try:
        whole = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NotReadable(f"{path} can't be read: {error.strerror or type(error).__name__}.") from error
    except UnicodeDecodeError as error:
        raise NotReadable(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error
    texts = whole.rstrip("\n").split("\n")
    kept = [text for text in texts if _SAYS_SOMETHING.search(text)]
    if not kept:
        raise NotReadable(f"{path} has no line that says anything.")
    parts = [pieces(text) for text in kept]
    lines = [Line(MENTOR if number % 2 else YOUNG, part) for number, said in enumerate(parts) for part in said]
    return Script(lines, _first_of_the_young_after(lines, len(lines) // 2), _remarks(texts, kept, parts))


def pieces(text: str) -> list[str]:
    """A text in pieces that fit in messages, cut where a space is near. NUL, which no message takes, becomes U+FFFD."""
    text, found = text.replace("\x00", "\N{REPLACEMENT CHARACTER}"), []
    while len(text) > LONGEST:
        space = text.rfind(" ", LONGEST // 2, LONGEST)
        cut = space + 1 if space > 0 else LONGEST
        found.append(text[:cut])
        text = text[cut:]
    return [piece for piece in (*found, text) if _SAYS_SOMETHING.search(piece)]


def _first_of_the_young_after(lines: Sequence[Line], middle: int) -> int:
    after = (number for number in range(middle, len(lines)) if lines[number].speaker == YOUNG)
    before = (number for number in range(middle - 1, -1, -1) if lines[number].speaker == YOUNG)
    return next(after, None) or next(before, 0)


def _remarks(texts: Sequence[str], kept: Sequence[str], parts: Sequence[Sequence[str]]) -> list[str]:
    empty, long = len(texts) - len(kept), sum(len(said) > 1 for said in parts)
    nul = sum("\x00" in text for text in kept)
    counted = {
        f"Empty lines left out: {empty}.": empty,
        f"Lines longer than {LONGEST} characters, said in several messages: {long}.": long,
        f"Lines with NUL, which no message may hold, sent as U+FFFD: {nul}.": nul,
    }
    return [remark for remark, count in counted.items() if count]
