"""The inverted index over images: its rows, written within the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from shared.domain.terms import Term

_UNLINK_SOME = text("DELETE FROM image_terms WHERE image_id = :id AND term_id IN :term_ids").bindparams(
    bindparam("term_ids", expanding=True)
)


def link(c: Connection, image_id: UUID, terms: Sequence[Term]) -> None:
    """Have these terms, none of which finds it yet, find the image."""
    # Sorted, so that two transactions that share new terms take their locks in one order.
    wanted = sorted(set(terms))
    known = known_terms(c, wanted)
    missing = [term for term in wanted if term not in known]
    if missing:
        c.execute(
            text("INSERT IGNORE INTO terms (kind, text) VALUES (:kind, :text)"),
            [{"kind": kind, "text": word} for kind, word in missing],
        )
        known |= known_terms(c, missing)
    if known:
        c.execute(
            text("INSERT INTO image_terms (term_id, image_id) VALUES (:term_id, :image_id)"),
            [{"term_id": term_id, "image_id": image_id.bytes} for term_id in sorted(known.values())],
        )


def unlink(c: Connection, image_id: UUID) -> None:
    """Have no term find the image."""
    c.execute(text("DELETE FROM image_terms WHERE image_id = :id"), {"id": image_id.bytes})


def bring_to(c: Connection, image_id: UUID, wanted: Sequence[Term]) -> None:
    """Have just these terms find the image; what is so already is not written."""
    held = _held(c, image_id)
    if surplus := sorted(held[term] for term in held.keys() - set(wanted)):
        c.execute(_UNLINK_SOME, {"id": image_id.bytes, "term_ids": surplus})
    link(c, image_id, [term for term in wanted if term not in held])


def known_terms(c: Connection, terms: Sequence[Term]) -> dict[Term, int]:
    """The ids of those terms that the index knows."""
    if not terms:
        return {}
    query = text("SELECT id, kind, text FROM terms WHERE (kind, text) IN :terms").bindparams(
        bindparam("terms", expanding=True)
    )
    return {(r.kind, r.text): int(r.id) for r in c.execute(query, {"terms": list(terms)})}


def _held(c: Connection, image_id: UUID) -> dict[Term, int]:
    """What the index really holds, which an older release may have put there by other rules."""
    query = text("""
        SELECT t.id, t.kind, t.text FROM image_terms i JOIN terms t ON t.id = i.term_id WHERE i.image_id = :id""")
    return {(r.kind, r.text): int(r.id) for r in c.execute(query, {"id": image_id.bytes})}
