"""When is an upload spared? SQS counts receives, and attempts that were cut off use them up as those that failed do."""

from shared.domain.delivery import MAX_RECEIVE_COUNT

MOST_SPARED = 3
"""How often an upload gets a new message because receives were used up by attempts that were cut off: twelve kills of
ours and more cost it nothing, and a picture that ends every process it meets is given up all the same."""
WHY_SPARED = "attempts were cut off and did not fail; another message was sent"


def may_be_spared(failed: int, spared: int) -> bool:
    """Whether an upload gets another message before the last attempt that SQS permits. `failed`: attempts that ended
    with an error since somebody last had it begin anew; `spared`: how often that was done for it since then."""
    return failed < MAX_RECEIVE_COUNT - 1 and spared < MOST_SPARED
