"""LinkedIn addresses: each form people have, and those that must never pass."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain import identifiers
from engine.domain.identifiers import AddressProblem, Identity, IdentityKind, canonical_slug, parse_profile_address

MEMBER = "ACoAABcDeFgHiJkLmNoPqRsTuVwXyZ_0123-45678"
SALES = "ACwAABcDeFgHiJkLmNoPqRsTuVwXyZ_0123-45678"
RECRUITER = "AEMAABcDeFgHiJkLmNoPqRsTuVwXyZ_0123-45678"


def key(text: str, *, allow_bare: bool = False) -> str:
    found = parse_profile_address(text, allow_bare=allow_bare)
    return found.key if isinstance(found, Identity) else found.problem


@pytest.mark.parametrize(
    "address",
    [
        "https://www.linkedin.com/in/jane-doe",
        "http://www.linkedin.com/in/jane-doe/",
        "https://www.linkedin.com/in/Jane-Doe/?x=y",
        "fr.linkedin.com/in/jane-doe",
        "https://pt-br.linkedin.com/in/jane-doe",
        "www.fr.linkedin.com/in/jane-doe",
        "linkedin.com/in/jane-doe#about",
        "//linkedin.com/in/jane-doe",
        "HTTPS://WWW.LINKEDIN.COM/IN/JANE-DOE/",
        "https://www.linkedin.com:443/in/jane-doe",
        "https://www.linkedin.com./in/jane-doe",
        "https://www.linkedin.com/in/jane-doe/overlay/contact-info/",
        "https://www.linkedin.com/in/jane-doe/details/experience/?a=b",
        "https://www.linkedin.com/in/jane-doe/fr",
        "https://www.linkedin.com/in/jane-doe/en-us/",
        "https://www.linkedin.com//in//jane-doe",
        "https://www.linkedin.com/mwlite/in/jane-doe",
        "https://www.linkedin.com/comm/in/jane-doe?midToken=x",
        "https://www.linkedin.com/in/jane%2Ddoe",
        "  <https://www.linkedin.com/in/jane-doe>;\n",
        "\u200bhttps://www.linkedin.com/in/jane-doe\u200e",
        '"https://www.linkedin.com/in/jane-doe"',
        "https://www.linkedin.com/in/jane-doe?session=https://evil.com/in/x",
    ],
)
def test_every_form_of_one_slug_is_one_key(address: str) -> None:
    assert key(address) == "slug:jane-doe"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.linkedin.com/in/ren%C3%A9-m%C3%BCller", "slug:ren\xe9-m\xfcller"),
        ("https://www.linkedin.com/in/REN%C3%89-M%C3%9CLLER", "slug:ren\xe9-m\xfcller"),
        ("https://www.linkedin.com/in/rene\u0301-mu\u0308ller", "slug:ren\xe9-m\xfcller"),
        ("https://www.linkedin.com/in/ren%25C3%25A9-m%25C3%25BCller", "slug:ren\xe9-m\xfcller"),
        ("https://www.linkedin.com/in/%E5%B1%B1%E7%94%B0-123", "slug:\u5c71\u7530-123"),
        ("https://www.linkedin.com/in/jane-%F0%9F%9A%80", "slug:jane-\U0001f680"),
        ("https://www.linkedin.com/in/hans-strau%C3%9F", "slug:hans-strau\xdf"),
        (f"https://www.linkedin.com/in/{MEMBER}", f"member_id:{MEMBER}"),
        (f"linkedin.com/in/{MEMBER}/?miniProfileUrn=x", f"member_id:{MEMBER}"),
        (f"https://www.linkedin.com/in/{SALES}", f"sales_id:{SALES}"),
        (f"https://www.linkedin.com/in/{RECRUITER}", f"recruiter_id:{RECRUITER}"),
        (f"https://www.linkedin.com/sales/lead/{SALES},NAME_SEARCH,ab1c", f"sales_id:{SALES}"),
        (f"https://www.linkedin.com/sales/lead/{SALES}%2CNAME_SEARCH%2Cab1c?x=1", f"sales_id:{SALES}"),
        (f"linkedin.com/sales/people/{SALES},OUT_OF_NETWORK", f"sales_id:{SALES}"),
        (f"https://www.linkedin.com/sales/lead/{MEMBER}", f"member_id:{MEMBER}"),
        (f"https://www.linkedin.com/talent/profile/{RECRUITER}?project=1", f"recruiter_id:{RECRUITER}"),
        (f"https://www.linkedin.com/talent/hire/12/manage/all/profile/{RECRUITER}", f"recruiter_id:{RECRUITER}"),
        ("https://www.linkedin.com/in/AEinstein", "slug:aeinstein"),
    ],
)
def test_slugs_are_decoded_and_ids_keep_their_case(address: str, expected: str) -> None:
    assert key(address) == expected


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", identifiers.EMPTY),
        ("  \t", identifiers.EMPTY),
        ("\u200b", identifiers.EMPTY),
        ("Jane Doe", identifiers.NOT_AN_ADDRESS),
        ("jane-doe", identifiers.NOT_AN_ADDRESS),
        ("in/jane-doe", identifiers.NOT_AN_ADDRESS),
        ("mailto:jane@acme.com", identifiers.OTHER_SITE),
        ("urn:li:member:123", identifiers.NOT_AN_ADDRESS),
        ("https:\\\\www.linkedin.com\\in\\jane", identifiers.NOT_AN_ADDRESS),
        ("linkedin.com/in/" + "a" * 3000, identifiers.NOT_AN_ADDRESS),
        ("https://linkedin.com.evil.org/in/jane-doe", identifiers.OTHER_SITE),
        ("https://evil-linkedin.com/in/jane-doe", identifiers.OTHER_SITE),
        ("https://evillinkedin.com/in/jane-doe", identifiers.OTHER_SITE),
        ("https://linkedin.com@evil.org/in/jane-doe", identifiers.OTHER_SITE),
        ("https://jane:pw@linkedin.com/in/jane-doe", identifiers.OTHER_SITE),
        ("https://linkedin.com:8080/in/jane-doe", identifiers.OTHER_SITE),
        ("https://l\u0456nkedin.com/in/jane-doe", identifiers.OTHER_SITE),
        ("https://www.linkedin\u3002com/in/jane-doe", identifiers.OTHER_SITE),
        ("https://evil.org/?u=https://www.linkedin.com/in/jane-doe", identifiers.OTHER_SITE),
        ("ftp://www.linkedin.com/in/jane-doe", identifiers.NOT_AN_ADDRESS),
        ("javascript:alert(1)//linkedin.com/in/jane", identifiers.NOT_AN_ADDRESS),
        ("https://lnkd.in/abc", identifiers.SHORT_LINK),
        ("https://www.linkedin.com", identifiers.NO_PROFILE),
        ("https://www.linkedin.com/in/", identifiers.NO_PROFILE),
        ("https://www.linkedin.com/in/../company/acme", identifiers.NO_PROFILE),
        ("https://www.linkedin.com/authwall?x=/in/jane", identifiers.NO_PROFILE),
        ("https://www.linkedin.com/sales/company/12", identifiers.NO_PROFILE),
        ("https://www.linkedin.com/pub/jane-doe/1/2/3", identifiers.OLD_ADDRESS),
        ("https://www.linkedin.com/in/jane%2Fdoe", identifiers.BAD_SLUG),
        ("https://www.linkedin.com/in/jane doe", identifiers.BAD_SLUG),
        ("https://www.linkedin.com/in/jane\x00doe", identifiers.BAD_SLUG),
        ("https://www.linkedin.com/in/ren%E9", identifiers.BAD_SLUG),
        ("https://www.linkedin.com/in/{{slug}}", identifiers.BAD_SLUG),
        ("https://www.linkedin.com/in/" + "a" * 201, identifiers.BAD_SLUG),
        ("https://www.linkedin.com/in/jane%", identifiers.BAD_SLUG),
        ("https://www.linkedin.com/in/me/", identifiers.NOBODY),
        ("https://www.linkedin.com/in/unavailable", identifiers.NOBODY),
        (f"https://www.linkedin.com/in/{MEMBER.lower()}", identifiers.LOST_CASE),
        (f"https://www.linkedin.com/sales/lead/{SALES.lower()},x,y", identifiers.LOST_CASE),
        ("https://www.linkedin.com/sales/lead/123,x,y", identifiers.BAD_ID),
        ("https://www.linkedin.com/talent/profile/jane", identifiers.BAD_ID),
    ],
)
def test_what_is_no_profile_is_said(address: str, problem: AddressProblem) -> None:
    assert parse_profile_address(address) == problem


@pytest.mark.parametrize("page", ["company", "school", "showcase", "groups", "jobs", "posts", "feed", "search"])
def test_other_pages_are_named(page: str) -> None:
    assert key(f"https://www.linkedin.com/{page}/acme/").startswith("This is a")


def test_bare_names_pass_only_when_allowed() -> None:
    assert key("Jane-Doe", allow_bare=True) == "slug:jane-doe"
    assert key(MEMBER, allow_bare=True) == f"member_id:{MEMBER}"
    assert key("Jane Doe", allow_bare=True) == identifiers.NOT_AN_ADDRESS.problem
    assert key("acme.com", allow_bare=True) == identifiers.OTHER_SITE.problem
    assert key("https://jane-doe", allow_bare=True) == identifiers.OTHER_SITE.problem
    assert key("linkedin.com/in/jane-doe", allow_bare=True) == "slug:jane-doe"


@settings(deadline=None)
@given(st.text("0123456789", min_size=1))
def test_a_number_alone_names_nobody_but_an_address_may_hold_one(digits: str) -> None:
    assert parse_profile_address(f" {digits} ", allow_bare=True) == identifiers.NOT_AN_ADDRESS
    assert key(f"linkedin.com/in/{digits[:100]}") == f"slug:{digits[:100]}"


def test_an_identity_says_what_to_ask_and_what_to_open() -> None:
    slug = identifiers.slug_identity("Ren%C3%A9")
    assert slug.as_request == "ren\xe9"
    assert slug.web_address == "https://www.linkedin.com/in/ren%C3%A9"
    sales = Identity(kind=IdentityKind.SALES_ID, value=SALES)
    assert sales.web_address == f"https://www.linkedin.com/sales/lead/{SALES}"
    assert canonical_slug("Jane-Doe") == "jane-doe"


@settings(deadline=None)
@given(st.text(), st.booleans())
@example("https://www.linkedin.com/in/\u0130", False)
def test_any_text_gets_an_answer(text: str, allow_bare: bool) -> None:
    found = parse_profile_address(text, allow_bare=allow_bare)
    assert isinstance(found, Identity | AddressProblem)


SLUGS = st.text(st.characters(categories=["L", "N"]) | st.sampled_from("-_\U0001f680\u0301"), min_size=3, max_size=40)


@settings(deadline=None)
@given(SLUGS)
@example("\u0130\u03a3\u03c2")
def test_reading_the_web_address_again_gives_the_same_identity(slug: str) -> None:
    found = parse_profile_address(f"linkedin.com/in/{quote(slug)}")
    assert isinstance(found, Identity)
    assert parse_profile_address(found.web_address) == found
    assert canonical_slug(found.value) == found.value
    assert parse_profile_address(f"linkedin.com/in/{slug}") == found


@settings(deadline=None)
@given(st.text("abcdefgh0123456789-", min_size=3, max_size=60), st.sampled_from(["", "www.", "de.", "DE."]))
def test_the_quick_way_and_the_long_way_agree(slug: str, sub_domain: str) -> None:
    quick = parse_profile_address(f"https://{sub_domain}linkedin.com/in/{slug}?a=b")
    assert quick == parse_profile_address(f" https://{sub_domain}linkedin.com/in/{slug.upper()}/ ")
    assert quick == parse_profile_address(f"https://{sub_domain}linkedin.com/in/{slug}#a")
