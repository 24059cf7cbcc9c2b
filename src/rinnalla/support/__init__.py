"""What keeps a pair going, and what catches a young person when it does not: check-ins, gentle nudges, cover while a
mentor is away, a named contact when a mentor is lost, handing a conversation over.

What always holds: whoever loses a mentor gets, in the same transaction, a notice, and a person to turn to where the
programme has one; nobody is nudged more often than the programme allows, at night, after "not now", or without a
human's name under it; nobody reads more of an old conversation than the young person handed over, and none of it after
they took that back.
"""
