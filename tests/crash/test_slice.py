"""A slice of what `make crash` plays whole, on one web tier and one worker; and that the judge can condemn."""

from collections.abc import Iterator

import pytest

from tests.crash import troubles
from tests.crash.calls import Side
from tests.crash.matrix import CLOUD, DATABASE, PROCESS, TIER, Matrix, Point, Strike
from tests.crash.stage import Stage
from tests.crash.truth import Truth
from tests.crash.verbs import VERBS, Actors
from tests.support_slice import a_part

PUBLISHES = (
    "COMMIT of owner_locks, images, licence_history, terms, image_terms, fingerprint_bands, uploads, events"
)
# By twos: one of each is played a day.
STRIKES = [
    ("accept", Side.BEFORE, "PUT staged manifest", PROCESS),
    ("accept", Side.HALF, "PUT staged bytes", CLOUD),
    ("ingest", Side.BEFORE, PUBLISHES, PROCESS),
    ("ingest", Side.BEFORE, "DELETE staged manifest", PROCESS),
    ("erase", Side.BEFORE, "DELETE images, previews, thumbnails, tiles", PROCESS),
    ("redrive", Side.BEFORE, "SendMessage", PROCESS),
    ("edit", Side.BEFORE, "COMMIT of images, licence_history, image_terms, terms, events", DATABASE),
    ("ingest", Side.AFTER, "DeleteMessage", TIER),
]
BY_NAME = {verb.name: verb for verb in VERBS}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A world with one of each."""
    with Stage(tmp_path_factory.mktemp("crash"), webs=1, workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def matrix(stage: Stage) -> Matrix:
    """Plays on it."""
    return Matrix(stage, Actors(stage, Truth(stage)))


@pytest.mark.parametrize(("verb", "side", "name", "strike"), a_part(STRIKES, 0, 2), ids=str)
def test_what_is_killed_there_loses_and_doubles_nothing(
    matrix: Matrix, verb: str, side: Side, name: str, strike: Strike
) -> None:
    outcome = matrix.play(Point(BY_NAME[verb], name, 1, side), strike)
    assert (outcome.fault, str(outcome.verdict)) == ("", "")


def test_a_message_that_comes_again_in_mid_task_doubles_nothing(matrix: Matrix) -> None:
    outcome = matrix.play_other("visibility", troubles.visibility_expires)
    assert (outcome.fault, str(outcome.verdict)) == ("", "")


def test_the_judge_sees_what_is_lost_doubled_and_left(stage: Stage) -> None:
    truth = Truth(stage)
    actors = Actors(stage, truth)
    lost, doubled, left = actors.published(), actors.published(), actors.published()
    assert truth.verdict([lost, doubled, left])

    [image] = truth.rows("SELECT * FROM images WHERE filename = :f", f=f"{lost.word}.jpg")
    stage.s3.delete_object(Bucket=stage.bucket, Key=image["preview_key"])
    assert truth.verdict([lost]).lost
    [image] = truth.rows("SELECT * FROM images WHERE filename = :f", f=f"{doubled.word}.jpg")
    stage.s3.put_object(Bucket=stage.bucket, Key=image["preview_key"], Body=b"other bytes")
    assert truth.verdict([doubled]).doubled
    stage.s3.put_object(Bucket=stage.bucket, Key=f"images/{left.word}_1.jpg", Body=b"of none")
    assert truth.verdict([left]).orphans
    assert len(truth.belonging_to_none().orphans) == 1
