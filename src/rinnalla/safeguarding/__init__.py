"""Keeping people safe: reports and what became of them, suspending an account, the trail of what staff did.

What always holds: a report's text is sealed under a key of its own and every look at it leaves a row in the trail; the
trail can be added to and not changed.
"""
