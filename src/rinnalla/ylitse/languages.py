"""Languages that people speak, as these clients may name them, and their ISO 639-1 codes, which cards hold."""

MAX_CODE = 3
_NAMES = {
    "ar": "arabic arabia arabiska arabisk",
    "bn": "bengali",
    "ckb": "sorani sorani-kurdi",
    "da": "danish tanska danska dansk",
    "de": "german saksa tyska tysk",
    "el": "greek kreikka grekiska gresk",
    "en": "english englanti engelska engelsk",
    "es": "spanish espanja spanska spansk",
    "et": "estonian viro estniska estisk eesti",
    "fa": "persian farsi persia persiska persisk dari",
    "fi": "finnish suomi finska finsk",
    "fr": "french ranska franska fransk",
    "hi": "hindi",
    "hu": "hungarian unkari ungerska ungarsk",
    "is": "icelandic islanti isländska islandsk",
    "it": "italian italia italienska italiensk",
    "ja": "japanese japani japanska japansk",
    "ku": "kurdish kurdi kurdiska kurdisk",
    "lt": "lithuanian liettua litauiska litauisk",
    "lv": "latvian latvia lettiska latvisk",
    "nb": "bokmål bokmal",
    "ne": "nepali",
    "nl": "dutch hollanti nederländska nederlandsk",
    "nn": "nynorsk",
    "no": "norwegian norja norska norsk",
    "pl": "polish puola polska polsk",
    "ps": "pashto",
    "pt": "portuguese portugali portugisiska portugisisk",
    "ro": "romanian romania rumänska rumensk",
    "ru": "russian venäjä ryska russisk",
    "se": "sami saame samiska samisk",
    "so": "somali somalia somaliska",
    "sq": "albanian albania albanska albansk",
    "sv": "swedish ruotsi svenska svensk",
    "sw": "swahili",
    "th": "thai thaimaa thailändska thailandsk",
    "ti": "tigrinya tigrinja",
    "tl": "tagalog filipino",
    "tr": "turkish turkki turkiska tyrkisk",
    "uk": "ukrainian ukraina ukrainska ukrainsk",
    "ur": "urdu",
    "vi": "vietnamese vietnam vietnamesiska vietnamesisk",
    "zh": "chinese kiina kinesiska kinesisk mandarin",
}
_CODES = {name: code for code, names in _NAMES.items() for name in names.split()}


def code_of(language: str) -> str | None:
    """The code of a language that is named by its code or in English, Finnish, Swedish or Norwegian."""
    folded = language.strip().casefold()
    if len(folded) <= MAX_CODE and folded.isascii() and folded.isalpha() and len(folded) > 1:
        return folded
    return _CODES.get(folded)
