"""What people without an account see behind a link. Nothing of it is for search engines."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from shared.domain.formats import JPEG, download_name
from shared.domain.images import Image
from shared.domain.licences import BY_CODE
from shared.domain.shares import Kind, Share
from web.http.guards import open_to_all
from web.http.headers import let_others_frame
from web.http.paging import DEFAULT_LIMIT
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.sharing import cards
from web.sharing.behind import collection_of, cover_of, image_of
from web.sharing.behind import image_in as image_in_collection
from web.sharing.feed import atom
from web.sharing.opening import count_view, is_open, known_share, locked, opened_share, remember, try_password
from web.views.image import ImageView

bp = Blueprint("link", __name__, url_prefix="/s")
FRAMED, FEED = 12, 100


@bp.after_request
def _for_people_alone(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/<token>")
@open_to_all
def page(token: str) -> Any:
    """The image or the collection; the question for the password before it."""
    share = known_share(token)
    if not is_open(share):
        return _ask(share)
    answer = _image(share, image_of(share)) if share.kind is Kind.IMAGE else _collection(share)
    if "cursor" not in request.args:
        count_view(share)
    return answer


@bp.post("/<token>")
@open_to_all
def unlock(token: str) -> Any:
    """The right password opens the link in this browser."""
    share = known_share(token)
    typed = request.form.get("password", "")
    if not typed:
        return _ask(share, "Type the password that you got with the link.", 422)
    if not is_open(share) and not try_password(share, typed):
        return _ask(share, "This is not the password of this link.", 403)
    remember(share)
    return redirect(url_for(".page", token=token), 303)


@bp.get("/<token>/i/<image_id>")
@open_to_all
def image_in(token: str, image_id: str) -> Any:
    """One image of a collection."""
    share = opened_share(token)
    return _image(share, image_in_collection(share, image_id))


@bp.get("/<token>/image.jpg")
@open_to_all
def picture(token: str) -> Any:
    """To the picture that stands for the link, by an address that is signed anew each time."""
    return _to_picture(cover_of(opened_share(token)))


@bp.get("/<token>/i/<image_id>/image.jpg")
@open_to_all
def picture_in(token: str, image_id: str) -> Any:
    """The same for one image of a collection."""
    return _to_picture(image_in_collection(opened_share(token), image_id))


@bp.get("/<token>/embed")
@open_to_all
def embed(token: str) -> Any:
    """What other sites show in a frame: it has no form, and looks the same to everybody."""
    status = 200
    try:
        share = known_share(token)
        page = (
            _frame(share)
            if share.password_hash is None
            else _frame_saying("This link has a password.", share)
        )
    except Problem as problem:
        page, status = _frame_saying(problem.detail), problem.status
    let_others_frame()
    return page, status


@bp.get("/<token>/feed.atom")
@open_to_all
def feed(token: str) -> Any:
    """A collection's first images for feed readers, which ask again and again: 304 when nothing has changed."""
    share = opened_share(token)
    if share.kind is Kind.IMAGE:
        raise not_found("This feed")
    collection = collection_of(share, "", FEED)
    response = make_response(atom(share, collection))
    response.mimetype = "application/atom+xml"
    response.headers["Cache-Control"] = "private, no-cache"
    response.last_modified = collection.updated_at
    response.add_etag()
    return response.make_conditional(request)


def _ask(share: Share, error: str = "", status: int = 200) -> Any:
    if share.locked_for is not None:
        raise locked(share.locked_for.total_seconds())
    errors = {"password": error} if error else {}
    return render_template("sharing/password.html", form={}, errors=errors), status


def _image(share: Share, image: Image) -> str:
    media = parts().media.without_cookies()
    name = download_name(image.filename, JPEG.name)
    return render_template(
        "sharing/image.html",
        share=share,
        alone=share.kind is Kind.IMAGE,
        image=ImageView.of(image, media),
        licence=BY_CODE[image.licence],
        card=(card := cards.card_of_image(share, image)),
        preview_download=media.url(image.preview.key, download_as=name),
        snippets=_snippets(share, card),
    )


def _snippets(share: Share, card: cards.Card) -> list[tuple[str, str]]:
    """What there is to copy: the credit, and where more than looking is granted, HTML that shows the picture."""
    texts = [("Credit", cards.credit_text(card))]
    if card.licence is None or not card.licence.look_only:
        texts.append(("HTML", cards.figure(card)))
        if card.url == cards.page_url(share) and share.password_hash is None:
            texts.append(("Frame", cards.frame(share, card)))
    return texts


def _collection(share: Share) -> str:
    collection = collection_of(share, request.args.get("cursor", ""), DEFAULT_LIMIT)
    media = parts().media.without_cookies()
    after = collection.next_cursor
    return render_template(
        "sharing/collection.html",
        share=share,
        collection=collection,
        images=[ImageView.of(image, media) for image in collection.images],
        card=cards.card_of_collection(share, collection),
        next_url=url_for(".page", token=share.token, cursor=after) if after else None,
    )


def _frame(share: Share) -> str:
    media = parts().media.without_cookies()
    if share.kind is Kind.IMAGE:
        images = [image_of(share)]
        card = cards.card_of_image(share, images[0])
    else:
        collection = collection_of(share, "", FRAMED)
        images, card = collection.images, cards.card_of_collection(share, collection)
    views = [ImageView.of(image, media) for image in images]
    count_view(share)
    return render_template("sharing/embed.html", share=share, card=card, images=views, said="")


def _frame_saying(said: str, share: Share | None = None) -> str:
    return render_template("sharing/embed.html", share=share, card=None, said=said)


def _to_picture(image: Image) -> Any:
    try:
        size = cards.Size(request.args.get("size", cards.Size.PREVIEW))
    except ValueError as error:
        raise not_found("This size") from error
    return redirect(parts().media.without_cookies().url(cards.rendition(image, size).key), 302)
