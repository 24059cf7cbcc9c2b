"""What others may see and what someone wishes for: topics, mentor cards, photos, a young person's wishes.

What always holds: only an approved card is public; a photo was re-encoded here and carries no metadata; a wish's free
text is sealed and is opened only for its writer and for the staff who match in the writer's organisation; private lists
and a mentor's private wishes are read by their owner and by matching, which tells nobody.
"""
