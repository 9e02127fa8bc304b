"""Whom the person never wants contacted: what an entry says, and what of a lead it is compared with. Pure.

Matching is exact on normalised keys. An empty key matches nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.identifiers import AddressProblem, parse_profile_address
from engine.errors import Refused

LONGEST_ENTRY_CHARS = 300
LIST_WORDS = "on your do-not-contact list"
_EMAIL = re.compile(r"[^@\s<>,;]+@(?P<host>[^@\s<>,;]+)")
_HOST_END = re.compile(r"[/?#:\s]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}", re.ASCII)


class EntryKind(StrEnum):
    """What an entry is about."""

    PERSON = "person"
    COMPANY = "company"
    DOMAIN = "domain"


Key = tuple[EntryKind, str]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry: `key` is compared, `shown` is what the person wrote."""

    kind: EntryKind
    key: str
    shown: str

    @property
    def words(self) -> str:
        """Why somebody is excluded: "on your do-not-contact list (company “Acme”)"."""
        return f"{LIST_WORDS} ({self.kind} “{self.shown}”)"


def read_entry(kind: str, text: str) -> Entry:
    """Return what a person wrote as an entry. Raises: Refused with what to write instead."""
    shown = " ".join(text.split())
    if kind not in tuple(EntryKind):
        raise Refused(f"There is no kind of entry “{kind}”.", f"Choose {', '.join(EntryKind)}.")
    if len(shown) > LONGEST_ENTRY_CHARS:
        raise Refused("This entry is too long.", f"Write at most {LONGEST_ENTRY_CHARS} characters.")
    of = EntryKind(kind)
    if of is EntryKind.PERSON:
        key = _person_key(shown)
    elif of is EntryKind.COMPANY:
        key = company_key(shown)
        if not key:
            raise Refused("There is no company's name.", "Write it as it stands in your leads.")
    else:
        key = domain_key(shown)
        if not key:
            raise Refused(f"“{shown[:60]}” is not a domain.", "Write for example acme.com.")
        shown = key
    return Entry(kind=of, key=key, shown=shown)


def _person_key(text: str) -> str:
    if email := email_key(text):
        return f"email:{email}"
    identity = parse_profile_address(text, allow_bare=True)
    if isinstance(identity, AddressProblem):
        raise Refused(identity.problem, "Write the address of their LinkedIn profile, or their e-mail address.")
    return identity.key


def email_key(text: str) -> str:
    """Return an e-mail address as it is compared, or "" when it is none."""
    if "@" not in text:
        return ""
    plain = text.strip().casefold().removeprefix("mailto:")
    found = _EMAIL.fullmatch(plain)
    return plain if found is not None and domain_key(found["host"]) else ""


def company_key(text: str) -> str:
    """Return a company's name as it is compared: case folded, blanks collapsed."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def domain_key(text: str) -> str:
    """Return the domain of a host, a web address or an e-mail address, or "" when there is none."""
    if "." not in text:
        return ""
    plain = _SCHEME.sub("", text.strip().casefold(), count=1)
    host = _HOST_END.split(plain.rpartition("@")[2], maxsplit=1)[0].strip(".").removeprefix("www.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return host if _DOMAIN.fullmatch(host) else ""


def keys_of(*, aliases: Iterable[str] = (), email: str = "", website: str = "", company: str = "") -> set[Key]:
    """Return everything of a lead that an entry may name; `aliases` are keys of identities."""
    keys = {(EntryKind.PERSON, alias) for alias in aliases if alias}
    if mail := email_key(email):
        keys.add((EntryKind.PERSON, f"email:{mail}"))
    if name := company_key(company):
        keys.add((EntryKind.COMPANY, name))
    for domain in (domain_key(email) if mail else "", domain_key(website)):
        keys |= {(EntryKind.DOMAIN, parent) for parent in _and_parents(domain)}
    return keys


def _and_parents(domain: str) -> list[str]:
    """Return a domain and those it is under: an entry holds for sub-domains too."""
    labels = domain.split(".")
    return [".".join(labels[i:]) for i in range(len(labels) - 1)]
