"""The promises of what people ask owners."""

from uuid import UUID, uuid4

from shared.domain.asks import MOST_ASKS_A_DAY, Ask
from shared.ports.asks import Asked, Unasked
from tests.contract.sides import Records
from tests.contract.uploads import ANN, new_manifest, publish

BEN = UUID(int=77)


def published(records: Records) -> UUID:
    """An image of Ann's."""
    manifest = new_manifest()
    publish(records.attempts, manifest)
    return manifest.upload_id


def asked(records: Records, image_id: UUID, asker: UUID = BEN, text: str = "May I?") -> Ask:
    outcome = records.asks.ask(asker, "ben", image_id, text)
    assert isinstance(outcome, Asked)
    assert outcome.new
    return outcome.ask


def test_one_question_waits_for_each_image_and_person(records: Records) -> None:
    image, other = published(records), published(records)
    first = asked(records, image)
    assert (first.asker_name, first.owner, first.owner_name) == ("ben", ANN, "ann")
    assert (first.text, first.granted, first.answered_at) == ("May I?", None, None)
    assert records.asks.ask(BEN, "ben", image, "Please?") == Asked(first, new=False)
    second, third = asked(records, other), asked(records, image, uuid4())
    assert records.asks.waiting(ANN) == 3
    assert [a.id for a in records.asks.of_owner(ANN, None, 9)] == [third.id, second.id, first.id]
    assert [a.id for a in records.asks.of_owner(ANN, third.id, 1)] == [second.id]
    assert records.asks.of_asker(BEN, None, 9) == [second, first]
    assert records.asks.latest(BEN, image) == first
    assert records.asks.latest(ANN, image) is None


def test_the_owner_answers_once(records: Records) -> None:
    image = published(records)
    question = asked(records, image)
    assert records.asks.answer(question.id, BEN, "Yes!", granted=True) is None
    answer = records.asks.answer(question.id, ANN, "With credit.", granted=True)
    assert answer is not None
    assert (answer.granted, answer.answer) == (True, "With credit.")
    assert answer.answered_at is not None
    assert records.asks.answer(question.id, ANN, "No.", granted=False) == answer
    assert records.asks.waiting(ANN) == 0
    assert records.asks.of_asker(BEN, None, 9) == [answer]
    again = asked(records, image, text="And for a book?")
    assert records.asks.latest(BEN, image) == again


def test_nobody_asks_for_their_own_or_for_what_is_not_there(records: Records) -> None:
    image = published(records)
    assert records.asks.ask(ANN, "ann", image, "May I?") is Unasked.OWN
    assert records.asks.ask(BEN, "ben", uuid4(), "May I?") is Unasked.NO_IMAGE
    question = asked(records, image)
    assert records.taking_back.take_back(image, ANN)
    assert records.asks.ask(uuid4(), "eve", image, "May I?") is Unasked.NO_IMAGE
    assert records.asks.answer(question.id, ANN, "It is gone.", granted=False) is not None


def test_a_day_has_so_many_questions(records: Records) -> None:
    images = [published(records) for _ in range(MOST_ASKS_A_DAY + 1)]
    for image in images[:-1]:
        asked(records, image)
    assert records.asks.ask(BEN, "ben", images[-1], "May I?") is Unasked.TOO_MANY
    waiting = records.asks.ask(BEN, "ben", images[0], "May I?")
    assert isinstance(waiting, Asked), "what waits is told all the same"
    asked(records, images[-1], uuid4())
