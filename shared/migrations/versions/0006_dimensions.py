"""Images are found by their orientation and size too: entries in the index for those that are published already.

An image that an older release publishes while this runs is left without them until it is edited.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

# As shared.domain.dimensions had them when this was written.
ORIENTATION = """
    CASE WHEN ABS(CAST(i.width AS SIGNED) - CAST(i.height AS SIGNED)) <= 0.05 * GREATEST(i.width, i.height)
         THEN 'square' WHEN i.width > i.height THEN 'landscape' ELSE 'portrait' END"""
SIZES = {"medium": 2_000_000, "large": 12_000_000}


def upgrade() -> None:
    """Add the terms and the entries; those that are there already stay."""
    kinds = [("shape", word) for word in ("landscape", "portrait", "square")] + [("size", s) for s in SIZES]
    rows = ", ".join(f"('{kind}', '{word}')" for kind, word in kinds)
    op.execute(f"INSERT IGNORE INTO terms (kind, text) VALUES {rows}")  # noqa: S608 -- words of ours
    link = (
        "INSERT IGNORE INTO image_terms (term_id, image_id) SELECT t.id, i.id FROM images i JOIN terms t ON "
    )
    op.execute(f"{link} t.kind = 'shape' AND t.text = {ORIENTATION} WHERE i.taken_back_at IS NULL")
    for size, pixels in SIZES.items():
        op.execute(
            f"{link} t.kind = 'size' AND t.text = '{size}' "
            f"WHERE i.taken_back_at IS NULL AND CAST(i.width AS SIGNED) * i.height >= {pixels}"
        )
