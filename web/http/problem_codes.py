"""The API's problem codes: stable, each with its one status and what it means. `web/http/openapi.py` tells them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """A code's HTTP status, and a sentence for who writes programs."""

    status: int
    sentence: str


PROBLEM_CODES = {
    "code_expired": Meaning(400, "The code has expired; ask for a new one."),
    "code_mismatch": Meaning(400, "The code is not the one that was mailed, or that the app shows."),
    "code_used": Meaning(400, "The app's code was used once already; the next one is good."),
    "csrf": Meaning(400, "A call with this site's session lacks the form token in X-CSRF-Token."),
    "incomplete": Meaning(400, "The body ended in the middle of a file."),
    "invalid_json": Meaning(400, "The body is not a JSON object, or has a key twice."),
    "bad_credentials": Meaning(401, "User name and password, or the refresh token, are not right."),
    "invalid_token": Meaning(401, "The access token has ended or is not one of this portal."),
    "login_expired": Meaning(401, "The log-in took too long or was answered before; begin anew."),
    "not_logged_in": Meaning(401, "There is neither an access token nor a session."),
    "account_closing": Meaning(403, "The account is being deleted, and nobody can log in to it."),
    "challenge": Meaning(403, "The account needs a step that the portal does not offer."),
    "code_needed": Meaning(
        403, "The account has a second step: the code of its app is needed. A log-in goes on with `session`."
    ),
    "look_only": Meaning(403, "Nothing is granted but looking; ask the owner."),
    "not_confirmed": Meaning(403, "The e-mail address is not verified yet."),
    "not_moderator": Meaning(403, "This is for moderators."),
    "not_operator": Meaning(403, "This is for operators."),
    "password_reset_required": Meaning(403, "A new password must be chosen first."),
    "second_step_required": Meaning(403, "The caller's group needs an authenticator app; set it up first."),
    "not_found": Meaning(404, "It does not exist, or is not yours to see."),
    "too_slow": Meaning(408, "The request took over half an hour to arrive. Nothing was kept."),
    "album_full": Meaning(409, "The album would hold more than 10,000 images. Nothing was added."),
    "answered_before": Meaning(409, "Another answer was given to this question, and stands."),
    "asked_before": Meaning(409, "A question of yours about this image waits for its owner's answer."),
    "need_not_ask": Meaning(409, "The image's licence says what may be done with it."),
    "not_kept": Meaning(409, "The bytes are not there any more; send the file again."),
    "own_image": Meaning(409, "The image is the caller's own."),
    "acted_meanwhile": Meaning(
        409,
        "A moderator has acted, or a report has come, since that state; nothing was done. `detail` says what.",
    ),
    "already_answered": Meaning(409, "The notice has an answer of its owner already."),
    "already_reported": Meaning(409, "The person has reported this image before; nothing was changed."),
    "check_running": Meaning(409, "S3 and MySQL are being compared already; one check runs at a time."),
    "email_taken": Meaning(409, "An account with this address exists."),
    "not_possible": Meaning(409, "The act would change nothing, as the image stands; nothing was recorded."),
    "export_running": Meaning(409, "An export of the account is on its way already."),
    "over_quota": Meaning(
        409, "The owner's published images leave no room for this one; taking some back makes room."
    ),
    "title_taken": Meaning(409, "You have an album of this title."),
    "receiving_changed": Meaning(
        409, "Receiving was paused, or goes on, since that version; nothing was done. `detail` says by whom."
    ),
    "retried_before": Meaning(409, "It failed after its owner's retry too, and waits for an operator."),
    "username_taken": Meaning(409, "An account with this name exists."),
    "too_late": Meaning(
        409, "The time for an undo is over; the image is being erased, or is erased already."
    ),
    "link_ended": Meaning(410, "The link was revoked."),
    "taken_back": Meaning(410, "Its owner has taken the image back, or a moderator has removed it."),
    "changed_meanwhile": Meaning(
        412,
        "If-Match names no version that stands. Nothing was changed; `changed` has the fields that were edited since, "
        "be it by an earlier try of yours, with their present values, and ETag the present version.",
    ),
    "too_large": Meaning(413, "The request or its file is larger than the portal takes."),
    "not_json": Meaning(415, "The Content-Type is not application/json."),
    "not_multipart": Meaning(415, "The Content-Type is not multipart/form-data."),
    "unsupported_type": Meaning(415, "The bytes are none of the image formats that the portal takes."),
    "alt_too_long": Meaning(422, "The alternative text is too long."),
    "caption_too_long": Meaning(422, "The caption is too long."),
    "description_too_long": Meaning(422, "The album's description is too long."),
    "empty": Meaning(422, "The file is empty."),
    "idempotency_key_reused": Meaning(422, "The Idempotency-Key was used for another file."),
    "invalid_cursor": Meaning(422, "The cursor is not one that the portal gave out."),
    "invalid_email": Meaning(422, "This can't be an e-mail address."),
    "invalid_field": Meaning(422, "A field's value does not fit, or is given twice; `detail` names it."),
    "invalid_hashtag": Meaning(422, "This can't be a hashtag, or there are too many."),
    "invalid_idempotency_key": Meaning(422, "The Idempotency-Key is too long."),
    "invalid_limit": Meaning(422, "The limit is no number from 1 to 100."),
    "invalid_parameter": Meaning(
        422, "A parameter's value does not fit, or is given twice; `detail` names it."
    ),
    "invalid_username": Meaning(422, "This can't be a user name."),
    "mail_failed": Meaning(422, "No mail could be sent to the address."),
    "missing_field": Meaning(422, "A field is missing, empty or not a string; `detail` names it."),
    "not_in_album": Meaning(
        422, "The cover, or the image to move others to, is not in the album, or is one of those to move."
    ),
    "one_file": Meaning(422, "There is not exactly one file, in the field `file`."),
    "title_too_long": Meaning(422, "The album's title is too long."),
    "text_too_long": Meaning(422, "The text is too long."),
    "too_many_ids": Meaning(422, "Too many ids were asked for at once."),
    "too_many_words": Meaning(422, "Too many words were searched for at once."),
    "unknown_album": Meaning(422, "You have no album with this id."),
    "unknown_field": Meaning(422, "There is no such field; `detail` names it."),
    "unknown_licence": Meaning(422, "There is no such licence."),
    "unknown_parameter": Meaning(422, "There is no such parameter; `detail` names it."),
    "unknown_status": Meaning(422, "There is no such status."),
    "weak_password": Meaning(422, "The password is too weak."),
    "if_match_required": Meaning(428, "If-Match is missing: which version did you see?"),
    "too_many_asks": Meaning(429, "Too many questions in one day; go on after Retry-After seconds."),
    "too_many_reports": Meaning(429, "The person's open reports of the last day are as many as may be."),
    "too_many_requests": Meaning(429, "Too many tries; wait a moment."),
    "store_unavailable": Meaning(
        503,
        "Nothing was kept, or it can't be told whether it was, as `detail` says; with an Idempotency-Key nothing is "
        "doubled.",
    ),
    "unavailable": Meaning(
        503, "A part of the portal is not reachable; try again after Retry-After seconds."
    ),
}
