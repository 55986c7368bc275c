"""An account is deleted, from its owner's word to the last erased byte, through both tiers' own code, in memory."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from shared.domain.delivery import VISIBILITY_TIMEOUT_SECONDS
from shared.domain.uploads import State
from tests.support_memory import PASSWORD, Browser, World, file, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse
from web.http.sessions import REFRESH
from worker.closing import close_accounts
from worker.sweep.heal import heal

pytestmark = pytest.mark.slow
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A small JPEG."""
    return small_photo()


def share(world: World, photo: bytes, username: str = "ann") -> UUID:
    """An accepted upload."""
    answer = world.app.test_client().post(
        "/api/v1/images",
        data={"file": file(photo), "caption": f"A boat of {username}'s", "licence": "cc0"},
        headers=world.token(username),
    )
    assert answer.status_code == 202, answer.text
    return UUID((answer.json or {})["id"])


def delete(ann: Browser, password: str = PASSWORD) -> str:
    """By the page; where that leads."""
    answer = ann.submit("/account/delete", "/account/delete", password=password)
    assert answer.status_code == 303, answer.text
    return answer.location


def states(world: World, *upload_ids: UUID) -> set[State]:
    found = world.web.uploads.find_many(upload_ids)
    return {found[i].status for i in upload_ids}


def run_out(world: World) -> None:
    """Whatever is left to do is done."""
    for _ in range(4):
        world.sweep(after=2 * MINUTE)
        world.work()


def nothing_is_left(world: World, username: str, owner: UUID, *upload_ids: UUID) -> None:
    """Of the account: neither a log-in, nor an image, a byte, a name, or a list."""
    assert world.identity.find(username) is None
    assert states(world, *upload_ids) <= {State.ERASED}
    roots = {v.key.partition("/")[0] for v in world.store.versions("") if str(owner) in v.key}
    assert roots <= {"taken-back"}
    tables = world.database.read()
    assert not {i for i in upload_ids if i in tables.images}
    assert {
        (u.upload.username, u.upload.filename) for u in tables.uploads.values() if u.upload.owner == owner
    } <= {("", "")}
    assert [d for d in tables.downloads.values() if d.taker == owner] == []
    account = tables.accounts[owner]
    assert (account.default_licence, account.closing_username) == (None, None)
    assert account.closed_at


def test_the_page_says_what_it_means_and_wants_the_password(world: World, photo: bytes) -> None:
    ann = world.sign_up("ann")
    for _ in range(3):
        share(world, photo)
    world.work()
    assert 'href="/account/delete"' in ann.get("/account")
    page = ann.get("/account/delete")
    assert "Your 3 images are gone for everybody at once" in page
    assert "There is no undo" in page
    for password, said in (("", "Type your password"), ("Wrong-horse-1", "This is not your password")):
        answer = ann.submit("/account/delete", "/account/delete", password=password)
        assert answer.status_code == 422
        assert said in answer.text
    assert world.database.read().accounts == {}
    assert ann.client.get("/account").status_code == 200


def test_at_once_nobody_finds_anything_and_no_session_goes_on(world: World, photo: bytes) -> None:
    ann, ben = world.sign_up("ann"), world.sign_up("ben")
    elsewhere, token = Browser(world), world.token()
    elsewhere.submit("/login", "/login", username="ann", password=PASSWORD)
    images = [share(world, photo) for _ in range(3)]
    bens = share(world, photo, "ben")
    world.work()
    assert delete(ann) == "/"
    assert "Your account is being deleted" in ann.get("/")
    assert "A boat of ann" not in ben.get("/")
    assert "A boat of ben" in ben.get("/")
    assert states(world, *images) == {State.TAKEN_BACK}
    assert states(world, bens) == {State.PUBLISHED}
    for browser in (ann, elsewhere):
        assert browser.client.get("/account").status_code == 303
        assert browser.client.get_cookie(REFRESH) is None
    client = world.app.test_client()
    assert client.get("/api/v1/account", headers=token).status_code == 401
    restored = client.post(f"/api/v1/images/{images[0]}/restore", headers=token)
    assert restored.status_code == 401


def test_logging_in_again_is_refused_with_a_sentence(world: World) -> None:
    delete(world.sign_up("ann"))
    answer = Browser(world).submit("/login", "/login", username="ann", password=PASSWORD)
    assert answer.status_code == 403
    assert "This account is being deleted" in answer.text
    called = world.app.test_client().post("/api/v1/session", json={"username": "ann", "password": PASSWORD})
    assert (called.status_code, (called.json or {})["code"]) == (403, "account_closing")
    wrong = Browser(world).submit("/login", "/login", username="ann", password="Wrong-horse-1")
    assert wrong.status_code == 401


def test_a_new_password_brings_no_session_back(world: World) -> None:
    delete(world.sign_up("ann"))
    stranger = Browser(world)
    stranger.submit("/forgot", "/forgot", username="ann")
    code = world.identity.outbox[-1].code
    new = "Another-horse-2"
    answer = stranger.submit("/reset?username=ann", "/reset", username="ann", code=code, password=new)
    assert answer.location == "/login?username=ann"
    assert stranger.submit("/login", "/login", username="ann", password=new).status_code == 403


def test_even_a_session_that_the_provider_still_renews_is_over(world: World) -> None:
    ann, other = world.sign_up("ann"), world.sign_up("ben")
    tokens = world.identity.log_in("ann", PASSWORD)
    world.web.closing.begin(world.identity.verify(tokens.access).owner, "ann")
    again = world.identity.log_in("ann", PASSWORD)
    world.clock.advance(MINUTE)
    for access in (tokens.access, again.access):
        answer = world.app.test_client().get("/api/v1/account", headers={"Authorization": f"Bearer {access}"})
        assert answer.status_code == 401
    assert ann.client.get("/account").status_code == 303
    assert other.client.get("/account").status_code == 200


def test_then_the_sweep_does_the_rest(world: World, photo: bytes) -> None:
    ann = world.sign_up("ann")
    owner = world.owner_of("ann")
    ann.submit("/account", "/account/licence", licence="cc0")
    ben = world.sign_up("ben")
    bens = share(world, photo, "ben")
    images = [share(world, photo) for _ in range(2)]
    broken = share(world, photo[:300])
    world.work()
    ann.client.get(f"/image/{bens}/download")
    ben.client.get(f"/image/{images[0]}/download")
    waiting = share(world, photo)
    delete(ann)
    assert world.sweep().closed == 1
    assert world.identity.find("ann") is None
    run_out(world)
    nothing_is_left(world, "ann", owner, *images, broken, waiting)
    # And somebody else's things are untouched: an image, and the proof of a download of what is gone
    assert states(world, bens) == {State.PUBLISHED}
    assert "ann" in ben.get("/downloads")
    assert world.sweep().closed == 0
    assert ben.client.get("/account").status_code == 200


def test_programs_delete_an_account_too(world: World) -> None:
    world.sign_up("ann")
    token, client = world.token(), world.app.test_client()
    wrong = client.delete("/api/v1/account", json={"password": "Wrong-horse-1"}, headers=token)
    assert (wrong.status_code, (wrong.json or {})["code"]) == (401, "bad_credentials")
    assert client.delete("/api/v1/account", json={}, headers=token).status_code == 422
    assert client.get("/api/v1/account", headers=token).status_code == 200
    done = client.delete("/api/v1/account", json={"password": PASSWORD}, headers=token)
    assert (done.status_code, done.data) == (202, b"")
    assert client.get("/api/v1/account", headers=token).status_code == 401
    assert client.delete("/api/v1/account", json={"password": PASSWORD}, headers=token).status_code == 401
    assert world.sweep().closed == 1


def test_an_upload_in_the_midst_of_its_ingest_is_never_published_and_is_erased(
    world: World, photo: bytes
) -> None:
    ann = world.sign_up("ann")
    upload_id, owner = share(world, photo), world.owner_of("ann")
    delivery = world.queue.receive()
    assert delivery is not None
    publish, ended = world.worker.attempts.publish, []

    def deleted_meanwhile(*args: object, **kwargs: object) -> State:
        delete(ann)
        heal(world.worker)
        ended.append(publish(*args, **kwargs))  # type: ignore[arg-type]
        return ended[0]

    world.worker.attempts.publish = deleted_meanwhile  # type: ignore[method-assign]
    assert world.work_on(delivery) == "taken_back"
    assert ended == [State.TAKEN_BACK]
    assert "A boat" not in world.sign_up("ben").get("/")
    run_out(world)
    nothing_is_left(world, "ann", owner, upload_id)


def test_what_was_accepted_without_the_database_and_comes_after_the_end_is_erased(
    world: World, photo: bytes
) -> None:
    ann = world.sign_up("ann")
    owner, token = world.owner_of("ann"), world.token()
    delete(ann)
    assert world.sweep().closed == 1
    world.database.away = True
    late = world.app.test_client()
    answer = late.post("/api/v1/images", data={"file": file(photo)}, headers=token)
    assert answer.status_code == 202, "admitted by its token alone"
    world.database.away = False
    assert world.work() == ["taken_back"]
    run_out(world)
    nothing_is_left(world, "ann", owner, UUID((answer.json or {})["id"]))


def test_the_name_is_taken_until_the_end_and_inherits_nothing(world: World, photo: bytes) -> None:
    ann = world.sign_up("ann")
    share(world, photo)
    world.work()
    ann.submit("/account", "/account/licence", licence="cc0")
    delete(ann)
    stranger = Browser(world)
    given = {"username": "ann", "email": "new@example.com", "password": PASSWORD}
    assert stranger.submit("/signup", "/signup", **given).status_code == 409
    run_out(world)
    newcomer = world.sign_up("ann")
    assert "A boat" not in newcomer.get("/home/user/ann")
    assert '"all-rights-reserved" selected' in newcomer.get("/upload")
    share(world, photo)
    assert world.work() == ["published"]
    run_out(world)
    assert "A boat" in newcomer.get("/home/user/ann"), "a second walk leaves them alone"


def test_a_name_that_is_somebody_elses_by_now_deletes_nobody(world: World) -> None:
    """A token of who had the name before, with the password of who has it now."""
    world.sign_up("ann")
    token = world.token()
    world.identity.remove("ann", world.owner_of("ann"))
    world.sign_up("ann")
    answer = world.app.test_client().delete("/api/v1/account", json={"password": PASSWORD}, headers=token)
    assert answer.status_code == 401
    assert world.database.read().accounts == {}


def test_without_the_database_nothing_has_happened(world: World) -> None:
    world.sign_up("ann")
    token, client = world.token(), world.app.test_client()
    world.database.away = True
    answer = client.delete("/api/v1/account", json={"password": PASSWORD}, headers=token)
    assert answer.status_code == 503
    world.database.away = False
    assert client.get("/api/v1/account", headers=token).status_code == 200


def test_one_that_can_not_be_completed_keeps_no_other_waiting(world: World) -> None:
    delete(world.sign_up("ann"))
    delete(world.sign_up("ben"))
    world.identity.away = True
    assert world.sweep().closed == 0
    world.identity.away = False
    remove = world.identity.remove

    def away_for_ann(username: str, owner: UUID) -> None:
        world.identity.away = username == "ann"
        remove(username, owner)

    world.identity.remove = away_for_ann  # type: ignore[method-assign]
    assert world.sweep().closed == 1
    world.identity.away = False
    assert (world.identity.find("ann") is None, world.identity.find("ben") is None) == (False, True)


@SIDES
def test_a_deletion_that_is_cut_off_at_any_call_is_completed_by_the_next_sweep(
    photo: bytes, after: bool
) -> None:
    for at in count(1):
        world = World()
        ann = world.sign_up("ann")
        owner = world.owner_of("ann")
        ben = world.sign_up("ben")
        bens, image = share(world, photo, "ben"), share(world, photo)
        world.work()
        ann.client.get(f"/image/{bens}/download")
        waiting = share(world, photo)
        world.web.closing.begin(owner, "ann")
        fuse = Fuse(at, after=after)
        names = ("store", "closing", "downloads", "account_removal")
        wired = {name: fuse.wire(getattr(world.worker, name)) for name in names}
        with suppress(Cut):
            close_accounts(replace(world.worker, **wired))
        whole = fuse.calls < at
        world.clock.advance(timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS))
        run_out(world)
        nothing_is_left(world, "ann", owner, image, waiting)
        assert states(world, bens) == {State.PUBLISHED}
        assert ben.client.get("/account").status_code == 200
        if whole:
            break
    assert at > 8, "a whole walk makes that many calls"
