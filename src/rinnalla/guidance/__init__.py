"""What an app needs before anyone logs in: programmes and their rules, languages, where to find a human right now.

What always holds: every crisis line carries where it was found and when it was last verified; a stale one is marked and
never hidden; every country's list ends with its emergency number.
"""
