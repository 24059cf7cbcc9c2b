"""Tools without a business word in them. Nothing in here knows a feature; every feature may use anything in here."""
