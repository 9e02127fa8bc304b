"""The people of the practice LinkedIn: who they are and how each of them behaves.

Pure: the same count and seed give the same people for ever. Knows nothing of HTTP, of files or of what has happened;
must not read a clock or shared dice.
"""

from __future__ import annotations

import csv
import io
import random
import string
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from urllib.parse import quote

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
PROVIDER_ID_PREFIX = "ACoAA"
PROVIDER_ID_TAIL = 34
"""Characters after the prefix; member ids seen on the live service have 39. Source: docs/provider.md, identifiers."""
ID_ALPHABET = string.ascii_letters + string.digits + "-_"
SPECIAL_EVERY = 4
"""One name in so many comes from the list of awkward ones."""
CSV_COLUMNS = ("Profile URL", "First name", "Last name", "Company", "Title", "Location", "Practice character")


class Character(StrEnum):
    """How a person behaves towards us."""

    ACCEPTS_SOON = "accepts_soon"  # 2 to 20 hours after the invitation
    ACCEPTS_LATE = "accepts_late"  # 2 to 4 days after
    NEVER_ACCEPTS = "never_accepts"
    ALREADY_CONNECTED = "already_connected"
    ANSWERS_FIRST = "answers_first"  # accepts soon, answers 1 to 8 hours after the first message
    ANSWERS_SECOND = "answers_second"  # accepts soon, answers after the second message
    WRITES_FIRST = "writes_first"  # accepts soon and writes within minutes, before we do
    DECLINES = "declines"  # the invitation vanishes 1 to 3 days later
    LOCKED = "locked"  # the profile can't be read
    CANNOT_BE_INVITED = "cannot_be_invited"
    RENAMED = "renamed"  # the lead list has an old address; accepts soon
    PENDING_BY_HAND = "pending_by_hand"  # invited by hand before the start; accepts 1 to 2 days after it


MIX = (
    *Character,
    Character.NEVER_ACCEPTS,
    Character.ACCEPTS_SOON,
    Character.NEVER_ACCEPTS,
    Character.ANSWERS_FIRST,
    Character.NEVER_ACCEPTS,
    Character.ACCEPTS_LATE,
    Character.DECLINES,
    Character.ACCEPTS_SOON,
    Character.NEVER_ACCEPTS,
    Character.ACCEPTS_SOON,
    Character.NEVER_ACCEPTS,
    Character.NEVER_ACCEPTS,
)
"""Every 24 people: each character at least once, twelve who accept."""

DECIDES_BETWEEN_S = {
    Character.ACCEPTS_LATE: (2 * DAY_S, 4 * DAY_S),
    Character.DECLINES: (1 * DAY_S, 3 * DAY_S),
    Character.PENDING_BY_HAND: (1 * DAY_S, 2 * DAY_S),
}
DECIDES_SOON_BETWEEN_S = (2 * HOUR_S, 20 * HOUR_S)
ANSWERS_BETWEEN_S = (1 * HOUR_S, 8 * HOUR_S)
WRITES_FIRST_BETWEEN_S = (60.0, 600.0)
NEVER_DECIDES = frozenset(
    {Character.NEVER_ACCEPTS, Character.ALREADY_CONNECTED, Character.LOCKED, Character.CANNOT_BE_INVITED}
)
ANSWERING = frozenset({Character.ANSWERS_FIRST, Character.ANSWERS_SECOND})

NAMES = (
    ("Emma Oliver Grace Harry Priya Callum Holly", "Carter Hughes Walsh Patel Bennett Reid", "London, United Kingdom"),
    (
        "Camille Léa Hugo Élodie Théo Anaïs",
        "Dubois Lefèvre Moreau Girard Fontaine",
        "Lyon, Auvergne-Rhône-Alpes, France",
    ),
    ("Jürgen Anke Lukas Änne Matthias Greta", "Müller Schröder Weiß Vogel Krämer", "Greater Munich Metropolitan Area"),
    ("Lucía Mateo Iñigo Begoña Álvaro", "García Núñez Ibáñez Ortega Peña", "Madrid, Comunidad de Madrid, España"),
    ("Giulia Matteo Chiara Niccolò", "Rossi D'Angelo Conti Dell'Acqua", "Milano, Lombardia, Italia"),
    ("Sofia Astrid Søren Åse Henrik", "Jørgensen Lindqvist Ødegård Nyström", "Copenhagen, Denmark"),
    ("Chidi Adaeze Kwame Thandiwe Amina", "Okafor Mensah Dlamini Eze Diallo", "Lagos, Nigeria"),
    ("Ana João Beatriz Conceição Thiago", "Silva Gonçalves Araújo Magalhães", "São Paulo, Brasil"),
    ("Ayşe Emre Çağla Ömer", "Yılmaz Şahin Öztürk Güneş", "İstanbul, Türkiye"),  # noqa: RUF001 - a Turkish name
    ("Agnieszka Łukasz Małgorzata Paweł", "Wiśniewska Kowalczyk Żak Zieliński", "Kraków, Małopolskie, Poland"),
    ("Ananya Rohan Lakshmi Arjun", "Iyer Sharma Krishnamurthy Das", "Bengaluru, Karnataka, India"),
    ("Jordan Taylor Madison Tyrone Brooke", "Nguyen Martinez Johnson O'Brien Kim", "Austin, Texas, United States"),
)
SPECIAL_NAMES = (
    ("Zoë 🚀", "Okonkwo-Lindgren", "zoe-okonkwo-lindgren", "Stockholm, Sweden"),
    ("محمد", "الهاشمي", "محمد-الهاشمي", "دبي، الإمارات العربية المتحدة"),
    ("小明", "王", "王小明", "中国 上海市"),
    ("Siobhán", "O’Connor", "siobhan-o-connor", "Dublin, Ireland"),
    (
        "María Fernanda Guadalupe de los Ángeles",
        "Fernández de Córdoba y Villaseñor-Castellanos",
        "mfg-fernandez-de-cordoba-y-villasenor-castellanos",
        "Ciudad de México, México",
    ),
    ("Adaeze", "Eze, PhD, MBA, CFA®", "adaeze-eze-phd", "Accra, Ghana"),
    ("Þórdís", "Þórðardóttir", "thordis-thordardottir", "Reykjavík, Iceland"),
    ("👩‍💻 Sam", "van 't Hoff", "sam-van-t-hoff", "Utrecht, Netherlands"),
    ("Thị Minh Khai", "Nguyễn", "minh-khai-nguyen", "Thành phố Hồ Chí Minh, Vietnam"),
    ("אורי", "לוי", "uri-levi", "Tel Aviv, Israel"),
    ("Jan", "K.", "jan-k", "Brno, Czechia"),
    ("陽菜", "佐藤", "hina-sato", "東京都 日本"),
)
COMPANIES = (
    *("Brightwater Analytics", "R&D <b>Labs</b>", "Müller & Söhne GmbH", "L'Atelier Numérique", "Northwind Robotics"),
    *('The "Quoted" Company', "Kestrel, Finch & Wren LLP", "北極星株式会社", "Green Harbour 🌱", "Acorn Health"),
    *("Société Générique d'Équipements Industriels et de Services Associés", "O'Malley's", "Tideline", "شركة النخيل"),
    *("Zażółć Software", "C++ Builders", "Fjord & Fell AS", "100% Coffee", "Meridian Payments", "Papel & Tinta Ltda."),
)
TITLES = (
    *("Founder & CEO", "Head of Sales", "VP Engineering", "Chief Operating Officer", "Marketing Director"),
    *("Product Manager", "Directrice générale", "Geschäftsführer", "Co-founder", "HR Business Partner"),
    *("Data & AI Lead", "Head of Growth (EMEA)", "采购经理", "Responsable R&D", "Account Executive"),
)
HEADLINES = (
    "{title} at {company}",
    "{title} @ {company} | Speaker | Dog person 🐕",
    "{title} – {company}",
    "Helping teams ship <faster> & calmer • {title}, {company}",
)
PLAIN_LETTERS = {"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "đ": "d", "þ": "th"}  # noqa: RUF001 - a Turkish name
"""Letters that have no accent to take off."""


@dataclass(frozen=True, kw_only=True)
class PracticePerson:
    """A person of the practice LinkedIn. Nobody real.

    `slug` is not percent-encoded. `decides_after_s` counts from the invitation (for somebody invited by hand before
    the start: from the start), `answers_after_s` from our message or, for who writes first, from the acceptance.
    """

    provider_id: str
    member_number: str
    slug: str
    old_slug: str | None
    first_name: str
    last_name: str
    company: str
    title: str
    headline: str
    location: str
    character: Character
    decides_after_s: float | None
    answers_after_s: float | None

    @property
    def full_name(self) -> str:
        """Return the name as LinkedIn shows it."""
        return f"{self.first_name} {self.last_name}".strip()

    @cached_property
    def public_identifier(self) -> str:
        """Return the slug as the provider writes it: percent-encoded."""
        return quote(self.slug, safe="-_.~")


def make_people(count: int, seed: int, *, taken_slugs: Iterable[str] = ()) -> tuple[PracticePerson, ...]:
    """Make so many people; with 24 or more every character occurs and about half accept.

    `taken_slugs` belong to others already: nobody gets one of them.
    """
    dice = random.Random(f"practice people {seed}")
    characters = [MIX[i % len(MIX)] for i in range(count)]
    dice.shuffle(characters)
    ids = provider_ids(count, dice)
    slugs = set(taken_slugs)
    first_special = dice.randrange(len(SPECIAL_NAMES))
    return tuple(
        _person(i, characters[i], ids[i], slugs, random.Random(f"practice person {seed} {i}"), first_special)
        for i in range(count)
    )


def provider_ids(count: int, dice: random.Random) -> list[str]:
    """Draw opaque ids; the second differs from the first in upper and lower case only, as real ids may."""
    ids = [PROVIDER_ID_PREFIX + "".join(dice.choices(ID_ALPHABET, k=PROVIDER_ID_TAIL)) for _ in range(count)]
    if count > 1:
        ids[1] = PROVIDER_ID_PREFIX + ids[0][len(PROVIDER_ID_PREFIX) :].swapcase()
    return ids


def lead_rows(people: Iterable[PracticePerson]) -> Iterator[dict[str, str]]:
    """Give each person as a row of a lead list, with the address that a lead list would hold."""
    for place, person in enumerate(people):
        values = (
            lead_url(person, place),
            person.first_name,
            person.last_name,
            person.company,
            person.title,
            person.location,
            person.character.value,
        )
        yield dict(zip(CSV_COLUMNS, values, strict=True))


def lead_url(person: PracticePerson, place: int = 0) -> str:
    """Return the profile's address in one of the forms that exports have; the old one of a renamed person."""
    slug = quote(person.old_slug or person.slug, safe="-_.~")
    forms = (
        "https://www.linkedin.com/in/{}",
        "https://www.linkedin.com/in/{}/",
        "https://fr.linkedin.com/in/{}?trk=people",
    )
    return forms[0 if place % 5 else (place // 5) % len(forms)].format(slug)


def csv_text(people: Iterable[PracticePerson]) -> str:
    """Return the lead list as the text of a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, CSV_COLUMNS)
    writer.writeheader()
    writer.writerows(lead_rows(people))
    return out.getvalue()


def _person(
    place: int, character: Character, provider_id: str, slugs: set[str], dice: random.Random, first_special: int
) -> PracticePerson:
    first_name, last_name, base, location = _name(place, dice, first_special)
    company, title = dice.choice(COMPANIES), dice.choice(TITLES)
    renamed = character is Character.RENAMED
    return PracticePerson(
        provider_id=provider_id,
        member_number=str(dice.randrange(20_000_000, 1_200_000_000)),
        slug=_free_slug(base, slugs, dice),
        old_slug=_free_slug(f"{base}-before", slugs, dice) if renamed else None,
        first_name=first_name,
        last_name=last_name,
        company=company,
        title=title,
        headline=dice.choice(HEADLINES).format(title=title, company=company),
        location=location,
        character=character,
        decides_after_s=_decides_after_s(character, dice),
        answers_after_s=_answers_after_s(character, dice),
    )


def _name(place: int, dice: random.Random, first_special: int) -> tuple[str, str, str, str]:
    """Choose (first name, last name, slug without a suffix, location)."""
    if place % SPECIAL_EVERY == SPECIAL_EVERY - 1:
        return SPECIAL_NAMES[(first_special + place // SPECIAL_EVERY) % len(SPECIAL_NAMES)]
    firsts, lasts, location = dice.choice(NAMES)
    first_name, last_name = dice.choice(firsts.split()), dice.choice(lasts.split())
    return first_name, last_name, ascii_slug(f"{first_name} {last_name}"), location


def ascii_slug(name: str) -> str:
    """Write a Latin name as LinkedIn would in an address: lower case, without accents."""
    letters = "".join(PLAIN_LETTERS.get(c, c) for c in name.lower())
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode("ascii")
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def _free_slug(base: str, taken: set[str], dice: random.Random) -> str:
    slug = base
    while slug in taken:
        slug = f"{base}-{dice.randrange(16**8):08x}"
    taken.add(slug)
    return slug


def _decides_after_s(character: Character, dice: random.Random) -> float | None:
    if character in NEVER_DECIDES:
        return None
    return round(dice.uniform(*DECIDES_BETWEEN_S.get(character, DECIDES_SOON_BETWEEN_S)), 3)


def _answers_after_s(character: Character, dice: random.Random) -> float | None:
    if character is Character.WRITES_FIRST:
        return round(dice.uniform(*WRITES_FIRST_BETWEEN_S), 3)
    return round(dice.uniform(*ANSWERS_BETWEEN_S), 3) if character in ANSWERING else None
