"""The people of the practice LinkedIn."""

import csv
import io
import re
from collections import Counter

import pytest

from engine.domain.practice_people import CSV_COLUMNS, NEVER_DECIDES, Character, csv_text, lead_rows, make_people

ACCEPTING = set(Character) - NEVER_DECIDES - {Character.DECLINES}


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert make_people(60, 3) == make_people(60, 3)
    assert make_people(60, 3) != make_people(60, 4)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [24, 40, 60, 100])
def test_every_character_occurs_and_about_half_accept(count: int, seed: int) -> None:
    characters = Counter(person.character for person in make_people(count, seed))
    assert set(characters) == set(Character)
    assert 0.4 <= sum(characters[c] for c in ACCEPTING) / count <= 0.62


def test_ids_and_slugs_are_unique_and_ids_differ_in_case_alone_somewhere() -> None:
    people = make_people(500, 7)
    ids = [person.provider_id for person in people]
    slugs = [slug for person in people for slug in (person.slug, person.old_slug) if slug]
    assert len(set(ids)) == 500
    assert len({i.lower() for i in ids}) == 499
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"ACoAA[A-Za-z0-9_-]{34}", i) for i in ids)


def test_taken_slugs_are_left_alone() -> None:
    first = make_people(50, 1)
    second = make_people(50, 1, taken_slugs=[person.slug for person in first])
    assert not {p.slug for p in first} & {p.slug for p in second}


def test_delays_lie_in_the_ranges_of_the_characters() -> None:
    hour_s = 3600
    for person in make_people(480, 11):
        wait_s, answer_s = person.decides_after_s, person.answers_after_s
        match person.character:
            case Character.ACCEPTS_LATE:
                assert wait_s is not None and 48 * hour_s <= wait_s <= 96 * hour_s
            case Character.DECLINES:
                assert wait_s is not None and 24 * hour_s <= wait_s <= 72 * hour_s
            case Character.PENDING_BY_HAND:
                assert wait_s is not None and 24 * hour_s <= wait_s <= 48 * hour_s
            case c if c in NEVER_DECIDES:
                assert wait_s is None
            case _:
                assert wait_s is not None and 2 * hour_s <= wait_s <= 20 * hour_s
        if person.character in (Character.ANSWERS_FIRST, Character.ANSWERS_SECOND):
            assert answer_s is not None and hour_s <= answer_s <= 8 * hour_s


def test_names_are_of_the_world() -> None:
    text = csv_text(make_people(60, 3))
    assert re.search("[\u0600-\u06ff]", text), "Arabic"
    assert re.search("[\u4e00-\u9fff]", text), "Chinese"
    assert re.search("[\U0001f300-\U0001faff]", text), "emoji"
    assert "R&D <b>Labs</b>" in text
    assert "'" in text
    assert max(len(p.full_name) for p in make_people(60, 3)) > 60
    assert "{{" not in text


def test_the_lead_list_reads_back_with_the_old_address_of_a_renamed_person() -> None:
    people = make_people(60, 3)
    rows = list(csv.DictReader(io.StringIO(csv_text(people))))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert rows == list(lead_rows(people))
    for person, row in zip(people, rows, strict=True):
        assert row["Profile URL"].startswith("https://") and row["Profile URL"].isascii()
        if person.character is Character.RENAMED:
            assert person.old_slug and person.slug not in row["Profile URL"].split("/")
