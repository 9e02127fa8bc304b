"""LinkedIn profile addresses: every form that people have, read into one identity.

Pure text rules. Nothing is fetched, and nothing is guessed: what isn't plainly a profile of
linkedin.com is a problem with a sentence. Two identities of one person under different kinds are
joined only after the provider has resolved them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

LONGEST_ADDRESS_CHARS = 2048
LONGEST_SLUG_CHARS = 200


class IdentityKind(StrEnum):
    """Which of LinkedIn's names for a person it is. Source: docs/provider.md, identifiers."""

    SLUG = "slug"
    MEMBER_ID = "member_id"
    SALES_ID = "sales_id"
    RECRUITER_ID = "recruiter_id"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One name of a person. Slugs are decoded, NFC and lower case; ids keep their case."""

    kind: IdentityKind
    value: str

    @property
    def key(self) -> str:
        """Return the canonical name to find duplicates by, such as `slug:jane-doe`."""
        return f"{self.kind}:{self.value}"

    @property
    def as_request(self) -> str:
        """Return the identifier to ask the provider with, not yet percent-encoded."""
        return self.value

    @property
    def web_address(self) -> str:
        """Return the address that opens the profile in a browser."""
        return f"https://www.linkedin.com/{_WEB_FOLDERS[self.kind]}/{quote(self.value, safe='')}"


@dataclass(frozen=True, kw_only=True)
class AddressProblem:
    """Why a text isn't a usable address, as a sentence for the person."""

    problem: str


_WEB_FOLDERS = {
    IdentityKind.SLUG: "in",
    IdentityKind.MEMBER_ID: "in",
    IdentityKind.SALES_ID: "sales/lead",
    IdentityKind.RECRUITER_ID: "talent/profile",
}

EMPTY = AddressProblem(problem="There is no LinkedIn address.")
NOT_AN_ADDRESS = AddressProblem(problem="This is not a LinkedIn address.")
OTHER_SITE = AddressProblem(problem="This address is not on linkedin.com.")
SHORT_LINK = AddressProblem(problem="This is a short link: open it and copy the profile's own address.")
OLD_ADDRESS = AddressProblem(problem="This is an old /pub/ address: open it and copy the new one.")
NO_PROFILE = AddressProblem(problem="This LinkedIn address is not a person's profile.")
BAD_SLUG = AddressProblem(problem="The name after /in/ can't be read.")
BAD_ID = AddressProblem(problem="The id in this address can't be read.")
LOST_CASE = AddressProblem(problem="This id has lost its capital letters: copy the address again.")
NOBODY = AddressProblem(problem="This address doesn't name a person.")

_OTHER_PAGES = {
    "company": AddressProblem(problem="This is a company's page, not a person's profile."),
    "school": AddressProblem(problem="This is a school's page, not a person's profile."),
    "showcase": AddressProblem(problem="This is a company's page, not a person's profile."),
    "groups": AddressProblem(problem="This is a group, not a person's profile."),
    "jobs": AddressProblem(problem="This is a job, not a person's profile."),
    "posts": AddressProblem(problem="This is a post, not a person's profile."),
    "feed": AddressProblem(problem="This is a post, not a person's profile."),
    "search": AddressProblem(problem="This is a search, not a person's profile."),
    "pub": OLD_ADDRESS,
}
_RESERVED_SLUGS = frozenset({"me", "unavailable", "edit"})  # whoever is logged in, or nobody
_WRAPPING_FOLDERS = frozenset({"mwlite", "comm", "m"})  # the mobile site and links in e-mails

_PLAIN = re.compile(r"(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/in/([a-z0-9-]{1,100})/?(?:\?.*)?", re.ASCII)
_SCHEME = re.compile(r"(?:https?:)?//", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){0,2}linkedin\.com\.?(?::(?:80|443))?", re.ASCII)
_AUTHORITY_END = re.compile(r"[/?#]")
_PATH_END = re.compile(r"[?#]")
_MEMBER_ID = re.compile(r"ACoA[A-Za-z0-9_-]{4,80}", re.ASCII)
_SALES_ID = re.compile(r"ACwA[A-Za-z0-9_-]{4,80}", re.ASCII)
_RECRUITER_ID = re.compile(r"AE[A-Za-z0-9_-]{6,80}", re.ASCII)
_RECRUITER_ID_AS_SLUG = re.compile(r"AEM?AA[A-Za-z0-9_-]{10,80}", re.ASCII)
_LOST_CASE = re.compile(r"ac[ow]aa[a-z0-9_-]{30,40}", re.ASCII)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}", re.ASCII)
_FORBIDDEN_IN_SLUG = re.compile(r"[\s\x00-\x1f\x7f-\x9f!-,./:-@\[-^`{-~]")
_UNSEEN = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF])
_WRAPPING_CHARS = " \t\r\n\v\f\xa0\"'<>()[],;"


def parse_profile_address(text: str, *, allow_bare: bool = False) -> Identity | AddressProblem:
    """Read one address of a profile, with or without scheme, sub-domain, query and what follows.

    `allow_bare` also takes a slug or an id that stands alone, but no number: others number people. Never raises.
    Source: docs/provider.md, identifiers.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        return _from_slug(plain[1])
    if not text.isascii():
        text = text.translate(_UNSEEN)
    text = text.strip(_WRAPPING_CHARS)
    if not text:
        return EMPTY
    if len(text) > LONGEST_ADDRESS_CHARS or "\\" in text:
        return NOT_AN_ADDRESS
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    if scheme is None and allow_bare and not _AUTHORITY_END.search(text) and "." not in text:
        return NOT_AN_ADDRESS if text.isdecimal() else _from_in(text, NOT_AN_ADDRESS)
    split = _AUTHORITY_END.search(rest)
    host = rest[: split.start()] if split else rest
    problem = _host_problem(host.lower(), is_address=scheme is not None)
    if problem is not None:
        return problem
    path = _PATH_END.split(rest[len(host) :], maxsplit=1)[0]
    return _from_path([part for part in path.split("/") if part])


def canonical_slug(slug: str) -> str:
    """Return a slug as identities hold it: decoded, NFC, lower case. Never raises.

    Lower case and not case folding, which makes `ß` into `ss` and so names another person.
    """
    if slug.isascii() and "%" not in slug:
        return slug.lower()
    return _normal(_decoded(slug))


def slug_identity(slug: str) -> Identity:
    """Return the identity of a slug that the provider gave; it isn't checked again."""
    return Identity(kind=IdentityKind.SLUG, value=canonical_slug(slug))


def _host_problem(host: str, *, is_address: bool) -> AddressProblem | None:
    if _HOST.fullmatch(host):
        return None
    if host in ("lnkd.in", "www.lnkd.in"):
        return SHORT_LINK
    return OTHER_SITE if is_address or "." in host else NOT_AN_ADDRESS


def _from_path(parts: list[str]) -> Identity | AddressProblem:
    while parts and parts[0].lower() in _WRAPPING_FOLDERS:
        parts = parts[1:]
    folders = [part.lower() for part in parts[:-1]]
    if not parts or "." in parts or ".." in parts:
        return NO_PROFILE
    first = parts[0].lower()
    if first == "in" and folders:
        return _from_in(parts[1], BAD_SLUG)
    if first == "sales" and folders[1:2] in (["lead"], ["people"]):
        return _from_id(parts[2])
    if first == "talent" and "profile" in folders:
        return _from_id(parts[folders.index("profile") + 1])
    return _OTHER_PAGES.get(first, NO_PROFILE)


def _from_in(raw: str, otherwise: AddressProblem) -> Identity | AddressProblem:
    if _MEMBER_ID.fullmatch(raw) or _SALES_ID.fullmatch(raw) or _RECRUITER_ID_AS_SLUG.fullmatch(raw):
        return _from_id(raw)
    slug = _decoded(raw)
    if not slug or len(slug) > LONGEST_SLUG_CHARS or _FORBIDDEN_IN_SLUG.search(slug) or "\ufffd" in slug:
        return otherwise
    return _from_slug(_normal(slug))


def _from_slug(slug: str) -> Identity | AddressProblem:
    if slug in _RESERVED_SLUGS:
        return NOBODY
    if slug.startswith("ac") and _LOST_CASE.fullmatch(slug):
        return LOST_CASE
    return Identity(kind=IdentityKind.SLUG, value=slug)


def _from_id(raw: str) -> Identity | AddressProblem:
    text = _decoded(raw).split(",", 1)[0]
    for kind, pattern in (
        (IdentityKind.MEMBER_ID, _MEMBER_ID),
        (IdentityKind.SALES_ID, _SALES_ID),
        (IdentityKind.RECRUITER_ID, _RECRUITER_ID),
    ):
        if pattern.fullmatch(text):
            return Identity(kind=kind, value=text)
    return LOST_CASE if _LOST_CASE.fullmatch(text) else BAD_ID


def _decoded(text: str) -> str:
    """Undo percent-encoding, twice at most: spreadsheets hold slugs that were encoded again."""
    for _ in range(2):
        if not _ENCODED.search(text):
            break
        text = unquote(text, errors="replace")
    return text


def _normal(slug: str) -> str:
    lowered = unicodedata.normalize("NFC", slug).lower()
    return unicodedata.normalize("NFC", lowered)
