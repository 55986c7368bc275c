"""Downloads and receipts through the site's pages and API, and what anybody can tell from a receipt alone."""

import base64
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.adapters.jws_receipts import JwsReceipts, thumbprint
from shared.adapters.memory import image_rows
from shared.config import ConfigurationError, WebSettings, load
from shared.domain.uploads import Upload
from tests.support_memory import Browser, World, file, small_photo
from tests.unit.test_config import GOOD
from web.receipts.verify import main, verify

pytestmark = pytest.mark.slow  # publishing opens images in a child process


@pytest.fixture
def world() -> World:
    made = World()
    made.sign_up("ann")
    return made


@pytest.fixture
def bob(world: World) -> Browser:
    return world.sign_up("bob")


def published(world: World, licence: str = "cc-by", *, work: bool = True) -> str:
    form = {"file": file(small_photo()), "licence": licence}
    answer = world.app.test_client().post("/api/v1/images", data=form, headers=world.token())
    if work:
        assert world.work() == ["published"]
    return str((answer.json or {})["id"])


def keys(world: World) -> dict[str, Any]:
    answer = world.app.test_client().get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.json is not None
    return dict(answer.json)


def receipts_of(world: World, browser: Browser) -> list[str]:
    return [d["receipt_url"] for d in api(world, "GET", "/downloads", "bob")["items"]]


def api(world: World, method: str, path: str, who: str) -> dict[str, Any]:
    answer = world.app.test_client().open(f"/api/v1{path}", method=method, headers=world.token(who))
    assert answer.status_code < 300, answer.text
    return dict(answer.json or {})


def text(world: World, path: str, who: str) -> tuple[int, str]:
    answer = world.app.test_client().get(f"/api/v1{path}", headers=world.token(who))
    return answer.status_code, answer.text


def test_a_download_is_written_down_and_its_receipt_verifies(world: World, bob: Browser) -> None:
    image_id = published(world)
    assert f'href="/image/{image_id}/download"' in bob.get(f"/image/{image_id}")
    answer = bob.client.get(f"/image/{image_id}/download")
    assert answer.status_code == 303
    image = world.web.images.find(UUID(image_id))
    assert image is not None
    assert image.original_key in answer.location
    (download,) = api(world, "GET", "/downloads", "bob")["items"]
    assert (download["sha256"], download["licence"], download["shared_by"]) == (image.sha256, "cc-by", "ann")
    receipt = bob.client.get(f"/downloads/{download['id']}/receipt")
    assert receipt.headers["Content-Disposition"].endswith('.jws"')
    claims = verify(receipt.text, keys(world))
    assert (claims["sub"], claims["sha256"], claims["licence"]) == ("bob", image.sha256, "cc-by")
    assert claims["image"].endswith(f"/image/{image_id}")
    assert receipt.text == text(world, f"/downloads/{download['id']}/receipt", "bob")[1], (
        "made again, the same"
    )
    assert "Receipt" in bob.get("/downloads")


def test_it_says_what_was_granted_then_even_when_the_image_is_gone(world: World, bob: Browser) -> None:
    image_id = published(world)
    taken = api(world, "POST", f"/images/{image_id}/downloads", "bob")
    client = world.app.test_client()
    edit = {"licence": "all-rights-reserved"}
    client.patch(f"/api/v1/images/{image_id}", json=edit, headers=world.token() | {"If-Match": "*"})
    client.delete(f"/api/v1/images/{image_id}", headers=world.token())
    _, receipt = text(world, f"/downloads/{taken['download']['id']}/receipt", "bob")
    assert verify(receipt, keys(world))["licence"] == "cc-by"
    assert "which is gone" in bob.get("/downloads")
    assert client.get(f"/image/{image_id}/download", headers=world.token("bob")).status_code == 410


def test_what_may_only_be_looked_at_is_its_owners_to_download(world: World, bob: Browser) -> None:
    image_id = published(world, "all-rights-reserved")
    refused = world.app.test_client().post(f"/api/v1/images/{image_id}/downloads", headers=world.token("bob"))
    assert (refused.status_code, (refused.json or {})["code"]) == (403, "look_only")
    assert bob.client.get(f"/image/{image_id}/download").status_code == 403
    assert api(world, "POST", f"/images/{image_id}/downloads", "ann")["url"]


def test_another_ones_receipts_do_not_exist(world: World, bob: Browser) -> None:
    image_id = published(world)
    taken = api(world, "POST", f"/images/{image_id}/downloads", "bob")
    assert text(world, f"/downloads/{taken['download']['id']}/receipt", "ann")[0] == 404
    assert text(world, f"/uploads/{image_id}/receipt", "bob")[0] == 404
    assert text(world, "/downloads/x/receipt", "bob")[0] == 404


def test_looking_ahead_is_no_download(world: World, bob: Browser) -> None:
    image_id = published(world)
    bob.client.head(f"/image/{image_id}/download")
    bob.client.get(f"/image/{image_id}/download", headers={"Sec-Fetch-Site": "cross-site"})
    assert receipts_of(world, bob) == []


def test_without_the_database_nothing_is_given_unrecorded(world: World, bob: Browser) -> None:
    image_id = published(world)
    world.database.away = True
    assert bob.client.get(f"/image/{image_id}/download").status_code == 503


def test_an_upload_has_a_receipt_from_its_acceptance_on(world: World) -> None:
    image_id = published(world, work=False)
    waiting = verify(text(world, f"/uploads/{image_id}/receipt", "ann")[1], keys(world))
    assert waiting["licence"] == "cc-by"
    assert "sha256" not in waiting
    world.work()
    done = verify(text(world, f"/uploads/{image_id}/receipt", "ann")[1], keys(world))
    image = world.web.images.find(UUID(image_id))
    assert image is not None
    assert (done["kind"], done["sha256"], done["at"]) == ("upload", image.sha256, waiting["at"])
    assert "received_sha256" not in done


def test_an_upload_that_begins_while_its_receipt_is_made_has_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_id = published(world, work=False)
    looked = world.web.uploads.find

    def find(upload_id: UUID) -> Upload | None:
        found = looked(upload_id)
        if found is None:
            world.work()  # it is published, and staging cleared, right after this look
        return found

    monkeypatch.setattr(world.web.uploads, "find", find)
    assert verify(text(world, f"/uploads/{image_id}/receipt", "ann")[1], keys(world))["sha256"]


def test_what_was_taken_back_is_gone_for_downloads_too(world: World, bob: Browser) -> None:
    image_id = published(world)
    assert (
        world.app.test_client().delete(f"/api/v1/images/{image_id}", headers=world.token()).status_code == 204
    )
    told = world.app.test_client().post(f"/api/v1/images/{image_id}/downloads", headers=world.token("bob"))
    assert (told.status_code, (told.json or {})["code"]) == (410, "taken_back")
    assert bob.client.get(f"/image/{image_id}/download").status_code == 410
    assert bob.client.get("/image/nothing/download").status_code == 404
    assert receipts_of(world, bob) == []


def original_url(world: World, image_id: str, who: str = "bob") -> str:
    return str(api(world, "GET", f"/images/{image_id}", who)["original_url"])


def test_an_original_fetched_by_its_address_in_the_api_is_written_down(
    world: World, bob: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    image_id, anybody = published(world), world.app.test_client()
    assert original_url(world, image_id, "ann").startswith(world.web.media.origin), (
        "one's own needs no licence"
    )
    address = original_url(world, image_id)
    assert original_url(world, image_id) == address, "programs may cache what names it"
    assert receipts_of(world, bob) == [], "nothing is taken yet"
    assert anybody.head(address).status_code == 303
    assert receipts_of(world, bob) == []
    image = world.web.images.find(UUID(image_id))
    assert image is not None
    answer = anybody.get(address)
    assert (answer.status_code, image.original_key in answer.location) == (303, True)
    assert "boat" in answer.location
    logged = capsys.readouterr().out
    assert "path=/original/…" in logged
    assert address.rpartition("/")[2] not in logged
    (download,) = api(world, "GET", "/downloads", "bob")["items"]
    assert (download["image_id"], download["sha256"], download["licence"]) == (
        image_id,
        image.sha256,
        "cc-by",
    )
    listed = api(world, "GET", "/images", "bob")["items"][0]
    assert listed["original_url"] == address


def test_such_an_address_grants_no_more_than_a_download_does(world: World, bob: Browser) -> None:
    image_id, anybody = published(world, "all-rights-reserved"), world.app.test_client()
    assert anybody.get(original_url(world, image_id)).status_code == 403
    assert anybody.get(original_url(world, image_id)[:-1] + "!").status_code == 404
    assert receipts_of(world, bob) == []


def test_such_an_address_runs_out_and_ends_with_image_sessions_and_database(
    world: World, bob: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_id, anybody = published(world), world.app.test_client()
    address, now = original_url(world, image_id), time.time()
    for later, status in ((3599, 303), (7201, 404)):
        with monkeypatch.context() as patch:
            patch.setattr("web.views.original.time.time", lambda later=later: now + later)
            assert anybody.get(address).status_code == status
    world.database.away = True
    assert anybody.get(address).status_code == 503
    world.database.away = False
    anybody.delete(f"/api/v1/images/{image_id}", headers=world.token())
    assert anybody.get(address).status_code == 404
    anybody.post(f"/api/v1/images/{image_id}/restore", headers=world.token())
    assert anybody.get(address).status_code == 303
    assert len(receipts_of(world, bob)) == 2
    world.web.session_records.end_all(world.owner_of("bob"), datetime.now(UTC) + timedelta(seconds=1))
    assert anybody.get(address).status_code == 404


def test_downloads_are_paged(world: World, bob: Browser) -> None:
    image_id = published(world)
    for _ in range(3):
        api(world, "POST", f"/images/{image_id}/downloads", "bob")
    first = api(world, "GET", "/downloads?limit=2", "bob")
    rest = api(world, "GET", f"/downloads?limit=2&cursor={first['next_cursor']}", "bob")
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)


def pem(key: Any) -> str:
    written: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return written.decode()


ED25519, P256 = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("key", [ED25519, P256], ids=["Ed25519", "P-256"])
def test_both_kinds_of_keys_sign_and_the_private_half_stays_here(key: Any, tmp_path: Path) -> None:
    signer = JwsReceipts(pem(key))
    (told,) = signer.keys()["keys"]
    assert "d" not in told
    assert told["kid"] == thumbprint(told)
    receipt = signer.sign(
        {"iss": "x", "jti": "1", "kind": "download", "sha256": hashlib.sha256(b"abc").hexdigest()}
    )
    (tmp_path / "r.jws").write_text(receipt)
    (tmp_path / "jwks.json").write_text(json.dumps(signer.keys()))
    (tmp_path / "same").write_bytes(b"abc")
    (tmp_path / "other").write_bytes(b"abd")
    files = [str(tmp_path / "r.jws"), str(tmp_path / "jwks.json")]
    assert main(files) == 0
    assert main([*files, str(tmp_path / "same")]) == 0
    assert main([*files, str(tmp_path / "other")]) == 1
    assert main([*files, str(tmp_path / "nowhere")]) == 1
    assert main([]) == 2


def test_a_receipt_that_was_changed_or_signed_by_another_is_not_genuine(tmp_path: Path) -> None:
    ours, theirs = JwsReceipts(pem(ED25519)), JwsReceipts(pem(ed25519.Ed25519PrivateKey.generate()))
    claims = {"iss": "x", "jti": "1", "kind": "download"}
    head, _, signature = ours.sign(claims).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims | {"licence": "cc0"}).encode()).rstrip(b"=").decode()
    kid = ours.keys()["keys"][0]["kid"]
    forged = jwt.encode(claims, ed25519.Ed25519PrivateKey.generate(), "EdDSA", headers={"kid": kid})
    unsigned = jwt.encode(claims, "", "none", headers={"kid": kid})
    (tmp_path / "jwks.json").write_text(json.dumps(ours.keys()))
    for text_ in (f"{head}.{body}.{signature}", theirs.sign(claims), forged, unsigned, "a.b.c", ""):
        (tmp_path / "r.jws").write_text(text_)
        assert main([str(tmp_path / "r.jws"), str(tmp_path / "jwks.json")]) == 1


@pytest.mark.parametrize(
    "key",
    ["sesame", pem(rsa.generate_private_key(65537, 2048)), pem(ec.generate_private_key(ec.SECP384R1()))],
)
def test_a_key_of_another_kind_stops_the_start_without_being_shown(key: str) -> None:
    with pytest.raises(
        ConfigurationError, match="RECEIPT_PRIVATE_KEY: must be an Ed25519 or P-256"
    ) as caught:
        load(WebSettings, GOOD | {"RECEIPT_PRIVATE_KEY": key})
    assert key not in str(caught.value)


def test_a_key_may_come_in_one_line() -> None:
    settings = load(WebSettings, GOOD | {"RECEIPT_PRIVATE_KEY": pem(P256).replace("\n", "\\n")})
    assert settings.receipt_private_key is not None
    assert JwsReceipts(settings.receipt_private_key.get_secret_value()).keys()["keys"][0]["alg"] == "ES256"


def test_its_owner_has_the_whole_receipt_of_what_a_moderator_hides(world: World) -> None:
    image_id = published(world)
    shown = verify(text(world, f"/uploads/{image_id}/receipt", "ann")[1], keys(world))
    with world.database.transaction() as tables:
        image_rows.hide_by_moderator(tables, UUID(image_id))

    hidden = verify(text(world, f"/uploads/{image_id}/receipt", "ann")[1], keys(world))

    assert (hidden["sha256"], hidden["licence"]) == (shown["sha256"], shown["licence"])
