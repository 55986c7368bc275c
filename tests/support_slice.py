"""How much of what is many `make test` tries; `make thorough` tries all of it."""

import os

THOROUGH = os.environ.get("THOROUGH") == "1"


def a_part(cases: range, turn: int, of: int) -> range:
    """Every `of`-th case, beginning with that whose turn it is: tests with turns of their own have all of them among
    themselves. With THOROUGH=1 every case."""
    return cases if THOROUGH else cases[turn % of :: of]
