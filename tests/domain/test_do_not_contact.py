"""What an entry of the do-not-contact list says, and which leads it names: exact, normalised, never by an empty key."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.domain.do_not_contact import EntryKind, company_key, domain_key, email_key, keys_of, read_entry
from engine.errors import Refused

PERSON, COMPANY, DOMAIN = EntryKind.PERSON, EntryKind.COMPANY, EntryKind.DOMAIN


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        (PERSON, " https://fr.linkedin.com/in/Jane-Doe/?x=1 ", "slug:jane-doe"),
        (PERSON, "jane-doe", "slug:jane-doe"),
        (PERSON, "Jane.Doe@ACME.com", "email:jane.doe@acme.com"),
        (PERSON, "mailto:jane@acme.com", "email:jane@acme.com"),
        (COMPANY, "  Acme \t  SA ", "acme sa"),
        (COMPANY, "STRASSE", "strasse"),
        (COMPANY, "Straße", "strasse"),
        (DOMAIN, "https://www.Acme.com/about?x#y", "acme.com"),
        (DOMAIN, "@acme.com", "acme.com"),
        (DOMAIN, "acme.com.", "acme.com"),
        (DOMAIN, "müller.de", "xn--mller-kva.de"),
        (DOMAIN, "acme.co.uk:8080", "acme.co.uk"),
    ],
)
def test_an_entry_is_read_as_it_is_compared(kind: str, text: str, key: str) -> None:
    assert read_entry(kind, text).key == key


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (PERSON, ""),
        (PERSON, "https://www.linkedin.com/company/acme"),
        (PERSON, "Jane Doe"),
        (PERSON, "jane@acme"),
        (COMPANY, " \t "),
        (DOMAIN, "com"),
        (DOMAIN, "acme"),
        (DOMAIN, "10.0.0.1"),
        (DOMAIN, ""),
        (DOMAIN, "-.-"),
        ("place", "Lyon"),
        (COMPANY, "x" * 301),
    ],
)
def test_what_names_nobody_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Refused):
        read_entry(kind, text)


@pytest.mark.parametrize(
    ("kind", "text", "lead", "is_named"),
    [
        (PERSON, "linkedin.com/in/jane-doe", {"aliases": ["slug:old", "slug:jane-doe"]}, True),
        (PERSON, "linkedin.com/in/jane-doe", {"aliases": ["slug:jane-doe-2"]}, False),
        (PERSON, "jane@acme.com", {"email": " JANE@acme.com"}, True),
        (PERSON, "jane@acme.com", {"email": "mary-jane@acme.com"}, False),
        (COMPANY, "ACME  sa", {"company": "Acme SA"}, True),
        (COMPANY, "Acme", {"company": "Acme SA"}, False),
        (COMPANY, "Acme", {"company": ""}, False),
        (DOMAIN, "acme.com", {"email": "jane@acme.com"}, True),
        (DOMAIN, "acme.com", {"email": "jane@mail.eu.acme.com"}, True),
        (DOMAIN, "acme.com", {"email": "jane@notacme.com"}, False),
        (DOMAIN, "mail.acme.com", {"email": "jane@acme.com"}, False),
        (DOMAIN, "acme.com", {"website": "http://shop.acme.com/x"}, True),
        (DOMAIN, "acme.com", {"website": "acme.com.evil.org"}, False),
        (DOMAIN, "müller.de", {"website": "https://www.Müller.de"}, True),
        (DOMAIN, "acme.com", {"email": "acme.com", "website": ""}, False),
    ],
)
def test_matching_is_exact_and_takes_in_sub_domains(kind: str, text: str, lead: dict[str, str], is_named: bool) -> None:
    entry = read_entry(kind, text)
    assert ((entry.kind, entry.key) in keys_of(**lead)) is is_named  # type: ignore[arg-type]


@given(st.text(), st.text(), st.text())
@example("", "", ":")  # a company may be called so
def test_a_lead_never_has_an_empty_key(email: str, website: str, company: str) -> None:
    keys = keys_of(aliases=[""], email=email, website=website, company=company)
    assert all(key for _, key in keys) and (EntryKind.PERSON, "email:") not in keys


@given(st.text())
def test_what_was_normalised_stays_as_it_is(text: str) -> None:
    assert company_key(company_key(text)) == company_key(text)
    assert domain_key(domain_key(text)) == domain_key(text)
    assert email_key(email_key(text)) == email_key(text)
