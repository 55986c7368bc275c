"""The licences a person can choose from, each with its three plain answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """`commercial`, `changes`: may others use it commercially, may they change it; `credit`: must they name you."""

    code: str
    name: str
    badge: str
    url: str | None
    commercial: bool
    changes: bool
    credit: bool
    summary: str

    @property
    def look_only(self) -> bool:
        """Whether nothing is granted: others look at it here, and ask the owner for anything else."""
        return self.url is None


_CC = "https://creativecommons.org/licenses"

LICENCES = (
    Licence(
        "all-rights-reserved",
        "All rights reserved",
        "©",
        None,
        commercial=False,
        changes=False,
        credit=True,
        summary="Look, but ask the owner before you use it.",
    ),
    Licence(
        "cc0",
        "CC0: no rights reserved",
        "CC0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        commercial=True,
        changes=True,
        credit=False,
        summary="Use it for anything, without asking and without credit.",
    ),
    Licence(
        "cc-by",
        "Attribution 4.0",
        "CC BY",
        f"{_CC}/by/4.0/",
        commercial=True,
        changes=True,
        credit=True,
        summary="Use it for anything, as long as you name the owner.",
    ),
    Licence(
        "cc-by-sa",
        "Attribution-ShareAlike 4.0",
        "CC BY-SA",
        f"{_CC}/by-sa/4.0/",
        commercial=True,
        changes=True,
        credit=True,
        summary="Use it for anything, name the owner, and share what you make of it under the same licence.",
    ),
    Licence(
        "cc-by-nc",
        "Attribution-NonCommercial 4.0",
        "CC BY-NC",
        f"{_CC}/by-nc/4.0/",
        commercial=False,
        changes=True,
        credit=True,
        summary="Use and change it for non-commercial work, as long as you name the owner.",
    ),
    Licence(
        "cc-by-nd",
        "Attribution-NoDerivatives 4.0",
        "CC BY-ND",
        f"{_CC}/by-nd/4.0/",
        commercial=True,
        changes=False,
        credit=True,
        summary="Use it unchanged for anything, as long as you name the owner.",
    ),
)

BY_CODE = {licence.code: licence for licence in LICENCES}
DEFAULT = "all-rights-reserved"
