"""What the tiers need from the world, in the tiers' own words: one file a port, with its values and its error.

Adapters implement these; `shared.bootstrap` chooses them. Callers see `Unavailable` (the world is at fault, try again)
or one of the named refusals, never a client library's class.
"""
