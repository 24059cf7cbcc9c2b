"""Who someone is: organisations, accounts, log-in, sessions, second factor, recovery, invitations, what they show.

What always holds: a log-in name belongs to one account, however it is capitalised; staff and administrators who can log
in have a second factor; only digests of tokens and codes are stored; a session that is revoked stays revoked; a
password for one time opens one session at the most.
"""
