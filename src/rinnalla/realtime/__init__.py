"""The sockets of this process, and the same news for those who poll. Owns no tables.

What always holds: a socket sends its member's events in order without a hole, from where the client says it is; an
event is checked against what the member may see at the moment it is sent; a socket never outlives its session by more
than a few seconds.
"""
