"""Until nothing goes on any more: time passes, the sweep runs, the workers work; then everything once more."""

import json
from collections.abc import Sequence
from typing import Any

from tests.crash.stage import Stage
from tests.crash.truth import Promise, Truth, Verdict

PAUSES = (150, 150, 150, 150, 1000, 1000, 2000, 4000, 8000, 16000, 32000)
"""Seconds between two sweeps: the first let hidden messages come, the later ones let lost ones be missed."""
QUIET_SECONDS, TRIES = 3.0, 5


class Rest:
    """Of a stage."""

    def __init__(self, stage: Stage, truth: Truth) -> None:
        self._stage, self._truth = stage, truth

    def come(self, promises: Sequence[Promise]) -> Verdict:
        """Let all come to rest, and say what is wrong then; or what changes when everything runs again."""
        self._stage.mend()
        self._stage.can_heal()
        if not self._truth.at_rest(promises) or not self._stage.quiet(0.2):
            self._wait(promises)
        self._stage.still()
        verdict = self._truth.verdict(promises)
        if verdict:
            verdict = self._once_more(promises)
        self._stage.now()
        return verdict

    def come_all(self) -> None:
        """Let everything on the stage come to rest, as far as it does."""
        for seconds in PAUSES:
            self._stage.mend()
            self._stage.let_pass(seconds)
            self._stage.sweep()
            if self._stage.quiet(60) and self._truth.all_at_rest():
                break
        self._stage.now()

    def send_again(self, promises: Sequence[Promise]) -> None:
        """Each upload's message, as it was sent."""
        sent = self._stage.calls.sent()
        for promise in promises:
            for upload in promise.ids or self._truth.states([promise]):
                call = next(c for c in reversed(sent) if upload in c.text)
                message = json.loads(call.text)
                self._stage.sqs.send_message(
                    QueueUrl=self._stage.queue_url,
                    MessageBody=message["MessageBody"],
                    MessageGroupId=message["MessageGroupId"],
                )

    def _wait(self, promises: Sequence[Promise]) -> None:
        for seconds in PAUSES:
            self._stage.mend()
            self._stage.let_pass(seconds)
            self._stage.sweep()
            if self._stage.quiet(QUIET_SECONDS) and self._truth.at_rest(promises):
                return

    def _once_more(self, promises: Sequence[Promise]) -> Verdict:
        before = self._truth.everything(promises)
        self.send_again(promises)
        for _ in range(TRIES):
            if self._stage.quiet(QUIET_SECONDS):
                break
            self._stage.let_pass(PAUSES[0])
        self._stage.let_pass(PAUSES[0])
        self._stage.sweep()
        self._stage.quiet(QUIET_SECONDS)
        after = self._truth.everything(promises)
        changed = [
            f"{name} changed when everything ran again: {_difference(before[name], after[name])}"
            for name in before
            if before[name] != after[name]
        ]
        return self._truth.verdict(promises) + Verdict(doubled=changed)


def _difference(before: list[Any], after: list[Any]) -> str:
    gone, come = (
        [one for one in these if one not in those] for these, those in ((before, after), (after, before))
    )
    return f"{gone} became {come}"
