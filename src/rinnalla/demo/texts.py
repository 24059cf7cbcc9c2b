"""What is written on the card, in the wishes, in the expectations and in the question."""

from typing import Any

CARD: dict[str, Any] = {
    "story": "Asuin lastenkodissa ja kahdessa sijaisperheessä, ja muutin omilleni 18-vuotiaana muuttolaatikko ja "
    "kattila mukanani. Nyt olen 27, opiskelen ja keitän liikaa teetä. Ei tarvitse osata sanoa mitään valmiiksi.",
    "topics": ["residential_care", "foster_care", "housing", "loneliness", "everyday_skills"],
    "languages": ["fi", "sv", "nb", "en"],
    "region": "Pirkanmaa",
    "gender": "female",
    "birth_year": 1999,
    "channels": ["chat"],
    "times": ["weekday_evening", "night"],
    "status_line": "Valvon usein myöhään 🌙",
    "capacity": 2,
    "away": None,
}
WISHES: dict[str, Any] = {
    "languages": ["fi", "sv"],
    "region": "Pirkanmaa",
    "gender_wish": None,
    "age_min": 20,
    "age_max": 35,
    "times": ["night"],
    "topics": ["loneliness", "housing"],
    "note": "Joku joka on itse asunut laitoksessa. Kirjoitan öisin enkä joka päivä.",
}
QUESTION: dict[str, Any] = {
    "titles": {
        "fi": "Tuntuiko siltä, että sinua kuunneltiin?",
        "sv": "Kändes det som att någon lyssnade på dig?",
        "nb": "Føltes det som at noen lyttet til deg?",
        "en": "Did you feel listened to?",
    },
    "scale": {
        "type": "range",
        "min": 1,
        "max": 5,
        "step": 1,
        "min_label": {"fi": "En lainkaan", "sv": "Inte alls", "nb": "Ikke i det hele tatt", "en": "Not at all"},
        "max_label": {"fi": "Kyllä, todella", "sv": "Ja, verkligen", "nb": "Ja, virkelig", "en": "Yes, really"},
    },
    "audience": ["mentee"],
    "schedule": {
        "first_after_days": 0,
        "repeat_after_days": None,
        "times": 1,
        "remind_after_days": 7,
        "reminders": 1,
    },
}

YOUNG_EXPECTS = {
    "months": 6,
    "rhythm": "weekly",
    "topics": ["housing", "loneliness"],
    "off_limits": "Isästä en halua puhua.",
    "shown": ["languages", "topics", "times"],
}
MENTOR_EXPECTS = {"months": 12, "rhythm": "weekly", "topics": [], "off_limits": None, "shown": []}
