"""When a mentor can take someone. No I/O."""

from datetime import date

from rinnalla.profiles.service import CardView


def is_full(card: CardView) -> bool:
    """Whether the mentor has no place for one more."""
    return card.open_pairs >= card.capacity


def is_away(card: CardView, today: date) -> bool:
    """Whether the mentor is away that day. The first and the last day count."""
    return card.away_from is not None and card.away_until is not None and card.away_from <= today <= card.away_until
