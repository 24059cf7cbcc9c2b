"""Who could be a good mentor for whom, and why. It advises and explains; whom to bring together people decide.

What always holds: the points of a pair are the sum of what its explanation says; what a young person wishes for never
raises their own points, and naming fewer times does not either; a private wish counts and is told to nobody.
"""
