"""Leaving without a trace: an account and everything that hangs on it.

What always holds: an account goes in one transaction with its threads, messages, pairs, wishes, answers, sessions and
keys, for both sides; whoever knew it is told; what stays are figures and reports that name no one, and the trail's ids.
"""
