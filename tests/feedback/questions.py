"""A question to ask in tests."""

from typing import Any


def question(**changes: Any) -> dict[str, Any]:
    """The body of a question, due at once and monthly from then on."""
    body: dict[str, Any] = {
        "titles": {"fi": "Mitä kuuluu?", "en": "How are you?"},
        "scale": {
            "type": "range",
            "min": 1,
            "max": 5,
            "step": 1,
            "min_label": {"fi": "huonosti", "en": "badly"},
            "max_label": {"fi": "hyvin", "en": "well"},
        },
        "audience": ["mentee"],
        "schedule": schedule(),
    }
    return body | changes


def schedule(**changes: Any) -> dict[str, Any]:
    usual = {"first_after_days": 0, "repeat_after_days": 30, "times": 3, "remind_after_days": 7, "reminders": 1}
    return usual | changes


YES_NO = {"type": "yes_no", "yes_label": {"fi": "kyllä"}, "no_label": {"fi": "ei"}}
