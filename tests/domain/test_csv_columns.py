"""Columns by name in seven languages, by content, and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.csv_columns import (
    BadMapping,
    Column,
    ColumnMap,
    guess_columns,
    own_variable,
    require_addresses,
    variable_name,
    with_override,
)
from engine.domain.csv_headers import FIELDS
from engine.domain.csv_records import CsvRecord
from engine.domain.templates import LEAD_VARIABLES, check
from engine.errors import BadFile

SLUG = "https://www.linkedin.com/in/jane-doe"
SALES = "https://www.linkedin.com/sales/lead/ACwAAABcDeF,NAME_SEARCH,x"


def guess(header: str, *rows: str) -> ColumnMap:
    samples = [CsvRecord(number, tuple(row.split("|"))) for number, row in enumerate(rows, start=2)]
    return guess_columns(header.split("|") if header else (), samples)


def fields(column_map: ColumnMap) -> list[str | None]:
    return [column.field for column in column_map.columns]


@pytest.mark.parametrize(
    "header",
    [
        "First Name|Last Name|LinkedIn URL|Company|Job Title|City|Industry|E-mail|Website",
        "Vorname|Nachname|LinkedIn-Profil|Firma|Position|Ort|Branche|E-Mail-Adresse|Webseite",
        "Prénom|Nom|Lien LinkedIn|Société|Fonction|Ville|Secteur d'activité|Adresse e-mail|Site web",
        "Nombre|Apellidos|Perfil de LinkedIn|Empresa|Puesto|Ciudad|Sector|Correo electrónico|Sitio web",
        "Nome|Cognome|Profilo LinkedIn|Azienda|Ruolo|Città|Settore|Indirizzo e-mail|Sito web",
        "Nome|Sobrenome|Perfil do LinkedIn|Empresa|Cargo|Cidade|Setor|E-mail|Site",
        "Voornaam|Achternaam|LinkedIn profiel|Bedrijf|Functie|Woonplaats|Branche|E-mailadres|Website",
        "firstName|lastName|linkedInProfileUrl|companyName|jobTitle|location|industry|email|website",
        "FIRST_NAME|LAST_NAME|PROFILE URL|COMPANY|TITLE|LOCATION|INDUSTRY|EMAIL|WEBSITE",
    ],
)
def test_headers_in_every_language(header: str) -> None:
    assert fields(guess(header)) == [
        "first_name", "last_name", "profile_url", "company", "title", "location", "industry", "email", "website",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Name|URL", ["full_name", "profile_url"]),
        ("Vorname|Name|URL", ["first_name", "last_name", "profile_url"]),
        ("Nom|URL", ["full_name", "profile_url"]),
        ("Nombre|URL", ["full_name", "profile_url"]),
        ("First Name|Last Name|Name|URL", ["first_name", "last_name", "full_name", "profile_url"]),
        ("First Name|Last Name|Nome|URL", ["first_name", "last_name", "full_name", "profile_url"]),
        ("Company|Company Name|Title|Job Title", ["company", None, None, "title"]),
        ("Email|Work Email|Headline", ["email", None, "headline"]),
    ],
)
def test_names_that_depend_on_the_others(header: str, expected: list[str | None]) -> None:
    assert fields(guess(header)) == expected


@pytest.mark.parametrize(
    ("header", "rows", "index"),
    [
        ("Who|Where", [f"Jane|{SLUG}", f"John|{SLUG}"], 1),
        ("|", [f"{SLUG}|x"], 0),
        ("", [f"Jane|{SLUG}"], 1),
        ("Company LinkedIn Url|Person LinkedIn Url", [f"https://www.linkedin.com/company/acme|{SLUG}"], 1),
        ("Referred by|LinkedIn", [f"{SLUG}|{SLUG}"], 1),
        ("Profile URL|LinkedIn URL public", [f"{SALES}|{SLUG}"], 1),
        ("LinkedIn|URL", [f"|{SLUG}"], 1),
        ("linkedin_url|linkedin_id|full_name", [f"{SLUG}|145991517|Jane", "|145991518|John"], 0),
        ("linkedin_url|public_identifier", [f"{SLUG}|jane-doe", "|john-doe"], 0),
        ("Profile URL|public_identifier", [f"{SALES}|jane-doe"], 1),
        ("Link|Profile URL", ["x|x"], 1),
        ("Link|Name", ["x|y"], 0),
        ("Name|Company", ["x|y", "z"], None),
    ],
)
def test_the_column_of_addresses(header: str, rows: list[str], index: int | None) -> None:
    assert guess(header, *rows).address_index == index


def test_bare_names_count_where_the_column_says_so() -> None:
    column_map = guess("public_identifier|Note", "jane-doe|john-doe")
    assert (column_map.address_index, column_map.allow_bare) == (0, True)
    assert not guess("LinkedIn|Note", "jane-doe|x").allow_bare


def test_other_columns_become_variables_under_their_own_names() -> None:
    column_map = guess("URL|Connected On|Prénom (usuel)|Empty|2024|Email|E-Mail|Job Title||title|Connected on!")
    assert [column.variable for column in column_map.columns] == [
        None, "connected_on", "prénom_usuel", "empty_", "2024_", None, "e_mail", "job_title", "column_9", "title_2",
        "connected_on_2",
    ]  # fmt: skip
    assert "job_title" in column_map.variables


def test_a_file_without_addresses_is_refused_with_what_was_looked_at() -> None:
    with pytest.raises(BadFile) as caught:
        require_addresses(guess("Name|Company|"))
    assert "Looked at: Name, Company, column 3." in caught.value.advice
    with pytest.raises(BadFile) as caught:
        require_addresses(guess("|".join(f"c{n}" for n in range(30))))
    assert "c19 …" in caught.value.advice
    require_addresses(guess("URL"))


def test_columns_can_be_chosen_by_hand() -> None:
    column_map = guess("Who|Note|Company|URL|Spare|City")
    chosen = with_override(
        column_map, {"note": "profile_url", "Who": "first_name", "Company": "ignore", "Spare": "spare_part", "City": ""}
    )
    assert fields(chosen) == ["first_name", "profile_url", None, None, None, None]
    assert [column.variable for column in chosen.columns] == ["who", "note", None, None, "spare_part", None]
    assert (chosen.address_index, chosen.allow_bare) == (1, True)


def test_overrides_that_mean_nothing_are_refused() -> None:
    column_map = guess("Company|URL")
    with pytest.raises(BadMapping, match="Did you mean “Company”"):
        with_override(column_map, {"Compny": "company"})
    with pytest.raises(BadMapping, match="can't be a variable's name"):
        with_override(column_map, {"Company": "First Name"})
    with pytest.raises(BadMapping, match="can't be a variable's name"):
        with_override(column_map, {"Company": "sender_first_name"})


def test_fields_and_template_variables_are_the_same_words() -> None:
    assert set(FIELDS) == {*LEAD_VARIABLES, "profile_url"}


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), max_size=8))
def test_every_column_gets_a_name_that_a_text_can_use(header: list[str]) -> None:
    column_map = guess_columns(header, [])
    names = [column.variable for column in column_map.columns if column.variable]
    assert len(names) == len(set(names))
    for name in names:
        assert check(f"{{{{ {name} }}}}", {name}) == ()
    for column in column_map.columns:
        assert column.variable or column.field


@settings(deadline=None)
@given(st.text(max_size=80))
def test_a_variable_name_is_its_own_name(header: str) -> None:
    name = variable_name(header)
    assert variable_name(name) == name


def test_a_column_has_a_variable_of_its_own_that_nobody_else_has() -> None:
    columns = ColumnMap(
        columns=(
            Column(header="Role", variable="role"),
            Column(header="Role", variable=None),
            Column(header="Company", variable=None, field="company"),
            Column(header="", variable=None),
        )
    )
    assert [own_variable(columns, place) for place in range(4)] == ["role", "role_2", "company_2", "column_4"]
