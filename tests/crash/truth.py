"""What S3 (with versions), SQS and MySQL hold of some uploads, asked directly; and what is wrong with it.

The portal's own answers are not asked for proof, nor is any of its code.
"""

import hashlib
import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import text

from local.drive.photos import small_photo, variant
from tests.crash.stage import Stage

KINDS = ("images", "previews", "tiles", "thumbnails")
ROWS = ("uploads", "images", "events", "licence_history", "image_terms")
_KEY = {"uploads": "id", "images": "id", "events": "upload_id"}
_AGES = ("changed_at", "taken_back_at", "rendering_at", "erasable_at")  # which pass with the stage's time
_ONE_AT_A_TIME = threading.Lock()
TAKES = 150
"""Of one photo, each other bytes."""
RESTING = {"published", "rejected", "erased", "held"}


@dataclass
class Promise:
    """What a person was told of one file. `word` is its name, and no other's; `ids`: of the answers 202, one unless
    something is doubled; `gone`: taken back; `caption`: the one word that it says, since an edit perhaps another."""

    word: str
    owner: str
    number: int
    ids: set[str] = field(default_factory=set)
    gone: bool = False
    caption: str = ""
    before: str = ""
    good: bool = True

    @property
    def photo(self) -> bytes:
        """The file; no other promise's is the same."""
        with _ONE_AT_A_TIME:  # each making has another noise
            photo = _photo(self.number // TAKES)
        return variant(photo, self.number % TAKES)


@cache
def _photo(number: int) -> bytes:
    return small_photo(number, 840, 210)  # a tile is made of what has more than 800 pixels


@dataclass
class Verdict:
    """What is wrong, in sentences; empty when all is as promised."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not (self.lost or self.doubled or self.orphans)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(self.lost + other.lost, self.doubled + other.doubled, self.orphans + other.orphans)

    def __str__(self) -> str:
        told = [("lost", self.lost), ("doubled", self.doubled), ("orphans", self.orphans)]
        return "; ".join(f"{kind}: {', '.join(what)}" for kind, what in told if what)


class Truth:
    """The stores behind a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._versions: list[tuple[str, str, str, bool]] | None = None
        self._uploads: dict[str, list[Any]] | None = None

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """All is at rest, and looked through once for many promises."""
        self._versions, uploads = sorted(self._listed("")), defaultdict[str, list[Any]](list)
        for row in self.rows("SELECT id, state, filename FROM uploads"):
            uploads[row["filename"].partition(".")[0]].append(row)
            uploads[str(UUID(bytes=row["id"]))].append(row)
        self._uploads = uploads
        try:
            yield
        finally:
            self._versions = self._uploads = None

    def rows(self, statement: str, **values: object) -> list[Any]:
        """Of a SELECT."""
        with self._stage.engine.connect() as c:
            return list(c.execute(text(statement), values).mappings())

    def status(self, name: str) -> int:
        """A counter of MariaDB's."""
        [row] = self.rows("SHOW GLOBAL STATUS LIKE :n", n=name)
        return int(row["Value"])

    def versions(self, prefix: str) -> list[tuple[str, str, str, bool]]:
        """(key, version, ETag, whether it stands now) of all under a prefix; markers have no ETag."""
        if self._versions is None:
            return self._listed(prefix)
        first = bisect_left(self._versions, (prefix,))
        return list(takewhile(lambda v: v[0].startswith(prefix), islice(self._versions, first, None)))

    def _listed(self, prefix: str) -> list[tuple[str, str, str, bool]]:
        pages: Any = self._stage.s3.get_paginator("list_object_versions").paginate(
            Bucket=self._stage.bucket, Prefix=prefix
        )
        return [
            (entry["Key"], entry["VersionId"], entry.get("ETag", ""), entry["IsLatest"])
            for page in pages
            for kind in ("Versions", "DeleteMarkers")
            for entry in page.get(kind, [])
        ]

    def states(self, promises: Sequence[Promise]) -> dict[str, str]:
        """The state of each upload that any record tells of, by its id."""
        found: dict[str, str] = {}
        for promise in promises:
            rows = self._uploads_of(promise)
            found |= {str(UUID(bytes=row["id"])): row["state"] for row in rows}
        return found

    def _uploads_of(self, promise: Promise) -> list[Any]:
        if self._uploads is not None:
            return [row for name in (promise.word, *promise.ids) for row in self._uploads.get(name, [])]
        rows = self.rows("SELECT id, state FROM uploads WHERE filename LIKE :f", f=f"{promise.word}%")
        for upload in promise.ids:
            rows += self.rows("SELECT id, state FROM uploads WHERE id = :id", id=UUID(upload).bytes)
        return rows

    def staged(self, owner: str) -> list[str]:
        """What stands in staging of an owner's, or of all."""
        pages = self._stage.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._stage.bucket, Prefix=f"staging/{owner}/" if owner else "staging/"
        )
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def at_rest(self, promises: Sequence[Promise]) -> bool:
        """Whether nothing of this goes on: each has come to an end, and staging is empty."""
        states = self.states(promises)
        due = {upload for promise in promises for upload in promise.ids} <= set(states)
        return (
            due
            and all(state in RESTING for state in states.values())
            and not any(self.staged(owner) for owner in {promise.owner for promise in promises})
        )

    def verdict(self, promises: Sequence[Promise]) -> Verdict:
        """What is wrong with these, once all is at rest."""
        found = Verdict()
        for promise in promises:
            found += self.of(promise)
        for owner in {promise.owner for promise in promises}:
            found.orphans += [f"{key} in staging" for key in self.staged(owner)]
        if self._stage.depth() != (0, 0):
            found.orphans.append("a message on the queue")
        return found

    def all_at_rest(self) -> bool:
        """Whether nothing goes on at all; what failed waits for an operator."""
        states = {row["state"] for row in self.rows("SELECT DISTINCT state FROM uploads")}
        failed = self.rows("SELECT owner, id FROM uploads WHERE state = 'failed'")
        staged = {key.split("/")[2] for key in self.staged("")}
        return states <= RESTING | {"failed"} and staged <= {str(UUID(bytes=row["id"])) for row in failed}

    def belonging_to_none(self) -> Verdict:
        """What is stored and named by no record, of whomever."""
        named = {key for row in self.rows("SELECT * FROM images") for key in self._keys(row)}
        standing = {key for kind in KINDS for key, _, tag, now in self.versions(f"{kind}/") if now and tag}
        found = Verdict(orphans=[f"{key}, which no record names" for key in sorted(standing - named)])
        found.orphans += [f"{key} in staging" for key in self.staged("")]
        terms = self.rows(
            "SELECT image_id FROM image_terms LEFT JOIN images ON id = image_id WHERE id IS NULL"
        )
        found.orphans += [f"a term of {UUID(bytes=row['image_id'])}" for row in terms]
        if self._stage.depth() != (0, 0):
            found.orphans.append("a message on the queue")
        return found

    def of_all(self, promises: Iterable[Promise]) -> Verdict:
        """What is wrong with any, or with what belongs to none, once everything is at rest."""
        with self.at_one_moment():
            return sum(map(self.of, promises), Verdict()) + self.belonging_to_none()

    def of(self, promise: Promise) -> Verdict:
        """What is wrong with one, staging left out."""
        found, states = Verdict(), self.states([promise])
        if len(states) > 1:
            found.doubled.append(f"{promise.word} is {len(states)} uploads")
        found.lost += [f"{upload} has no record" for upload in promise.ids - set(states)]
        versions = [v for kind in KINDS for v in self.versions(f"{kind}/{promise.word}_")]
        standing = {key for key, _, tag, now in versions if now and tag}
        named: set[str] = set()
        for upload, state in states.items():
            expected = "erased" if promise.gone else "published" if promise.good else "rejected"
            if state != expected:
                found.lost.append(f"{upload} is {state}, and was to be {expected}")
            row = self._image(upload)
            if (row is not None) != (state == "published"):
                found.lost.append(f"{upload} is {state} {'with' if row else 'without'} an image")
            if row is not None:
                named |= self._keys(row)
                found += self._image_as_promised(promise, upload, row, standing)
            else:
                found.orphans += [f"the term {t} of {upload}" for t in self._terms(upload)]
            if state == "erased":
                found.orphans += [f"a version of {key}" for key, *_ in versions]
                found.orphans += self._left_of_erased(upload)
        found.orphans += [f"{key}, which no record names" for key in sorted(standing - named)]
        per_kind = Counter(key.partition("/")[0] for key in standing)
        found.doubled += [f"{n} {kind} of {promise.word}" for kind, n in per_kind.items() if n > 1]
        for key in standing:
            if len({tag for k, _, tag, _ in versions if k == key and tag}) > 1:
                found.doubled.append(f"{key} with different bytes")
        return found

    def _image_as_promised(self, promise: Promise, upload: str, row: Any, standing: set[str]) -> Verdict:
        found = Verdict()
        found.lost += [f"{key}, which {upload}'s record names" for key in self._keys(row) - standing]
        if row["original_key"] in standing:
            body = self._stage.s3.get_object(Bucket=self._stage.bucket, Key=row["original_key"])[
                "Body"
            ].read()
            if hashlib.sha256(body).digest() != row["sha256"]:
                found.lost.append(f"the bytes of {upload}")
        [told] = self.rows("SELECT sha256 FROM uploads WHERE id = :id", id=UUID(upload).bytes)
        if told["sha256"] != hashlib.sha256(promise.photo).digest():
            found.lost.append(f"{upload} is of other bytes than were sent")
        terms = self._terms(upload)
        if row["caption"] != promise.caption:
            found.lost.append(f"the caption of {upload}: it is {row['caption']!r}")
        if promise.caption not in terms:
            found.lost.append(f"the term {promise.caption} of {upload}")
        if promise.before in terms:
            found.orphans.append(f"the term {promise.before} of {upload}")
        return found

    def _image(self, upload: str) -> Any:
        rows = self.rows("SELECT * FROM images WHERE id = :id", id=UUID(upload).bytes)
        return rows[0] if rows else None

    @staticmethod
    def _keys(row: Any) -> set[str]:
        names = ("original_key", "preview_key", "tile_key", "thumbnail_key")
        return {row[name] for name in names if row[name]}

    def _terms(self, upload: str) -> set[str]:
        rows = self.rows(
            "SELECT text FROM terms JOIN image_terms ON term_id = id WHERE image_id = :id",
            id=UUID(upload).bytes,
        )
        return {row["text"] for row in rows}

    def _left_of_erased(self, upload: str) -> list[str]:
        [row] = self.rows("SELECT owner, filename FROM uploads WHERE id = :id", id=UUID(upload).bytes)
        staged = self.versions(f"staging/{UUID(bytes=row['owner'])}/{upload}/")
        return [f"a version of {key}" for key, *_ in staged] + ([row["filename"]] if row["filename"] else [])

    def everything(self, promises: Iterable[Promise]) -> dict[str, Any]:
        """All that is recorded and stored of these, to be compared."""
        promises = list(promises)
        ids = sorted(UUID(upload).bytes for upload in self.states(promises))
        told: dict[str, Any] = {}
        for table in ROWS:
            key = _KEY.get(table, "image_id")
            told[table] = [
                {name: value for name, value in row.items() if name not in _AGES}
                for upload in ids
                for row in self.rows(f"SELECT * FROM {table} WHERE {key} = :id ORDER BY 1, 2", id=upload)
            ]
        prefixes = [f"{kind}/{p.word}_" for p in promises for kind in KINDS]
        prefixes += [f"staging/{p.owner}/{upload}/" for p in promises for upload in sorted(p.ids)]
        told["versions"] = sorted(version for prefix in prefixes for version in self.versions(prefix))
        return told
