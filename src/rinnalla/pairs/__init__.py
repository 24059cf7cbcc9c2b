"""From waiting to a pair, and to its end.

What always holds: at most one open pair between the same two people; a mentor never has more active pairs than their
capacity, however many accept at once; a pair becomes active only when both have said yes (or, where the programme lets
mentees choose, when the mentee writes); an active pair has a thread.
"""
