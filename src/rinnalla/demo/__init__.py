"""One whole story, played against a running service by three people who know nothing of it but the published contract.

It is a client: it imports nothing of the service, so that what it shows is what any app would see.
"""
