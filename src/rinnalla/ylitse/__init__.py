"""The Ylitse face: the wire contract that the published Ylitse clients speak, under `/ylitse`.

The same people, conversations, questions and reports as `/v1`, in other shapes: nothing is decided here that a service
does not decide, and nothing but the app knows of this folder. Its own tables hold only what no other client sends:
push tokens, a telephone number, words and numbers that we have no code for, the oldest client versions served, and
counts that name nobody who was counted.
"""
