"""Leaving without a trace: an account and everything that hangs on it."""
