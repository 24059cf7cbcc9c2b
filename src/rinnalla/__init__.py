"""Rinnalla ("alongside"): peer mentoring for young people leaving care, the server side."""

__version__ = "0.1.0"
