"""Threads and messages: the promise of the product. Owns the sealed text.

What always holds: a message that was acknowledged is stored, once, in its order (`seq` 1, 2, 3 … in each thread) and in
the event streams of both members; its text is readable only by the two members; a blocked side gets nothing, and sees
what it would see if the other had left; of each other the two see what each lets be seen, when it is asked.
"""
