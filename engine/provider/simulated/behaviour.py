"""What the people of the practice LinkedIn do by themselves, and when: pure functions of a person and a moment.

Nothing here changes the world or draws dice; who somebody is was decided when the person was made.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from engine.domain.practice_people import Character, PracticePerson
from engine.provider.simulated.records import EventKind

ANSWERS = (
    "Thanks for reaching out! Happy to talk next week, Tuesday or Thursday would suit me.",
    "Hi, not at the moment, but please write again in the spring.",
    "Bonjour, merci pour votre message. Pouvez-vous m'en dire plus ?",
    "Sure 👍 what do you have in mind?",
    "Danke für die Nachricht! Schicken Sie mir gern ein paar Zeilen an meine E-Mail-Adresse.",
    "Who gave you my name?\n\n(Just curious.)",
    "Interested & available <this week>: 5 > 3 meetings, please.",
    "شكرا على رسالتك، لنتحدث قريبا",
    "谢谢,您的产品多少钱?",
)
FIRST_WORDS = (
    "Thanks for connecting! What made you look at my profile?",
    "Hi! Nice to meet you. Are you at the conference next month, too?",
    "Hola, ¡gracias por la invitación! ¿En qué puedo ayudarte?",
)
MESSAGES_BEFORE_ANSWER = {Character.ANSWERS_FIRST: 1, Character.ANSWERS_SECOND: 2}


class Intention(NamedTuple):
    """What a person will do, and after how many seconds."""

    kind: EventKind
    after_s: float


def after_invitation(person: PracticePerson) -> Intention | None:
    """Tell what an invitation leads to, None when it stays unanswered."""
    if person.decides_after_s is None:
        return None
    kind = EventKind.DECLINE if person.character is Character.DECLINES else EventKind.ACCEPT
    return Intention(kind, person.decides_after_s)


def after_acceptance(person: PracticePerson) -> Intention | None:
    """Tell whether the person writes as soon as we are connected."""
    if person.character is Character.WRITES_FIRST and person.answers_after_s is not None:
        return Intention(EventKind.WRITE, person.answers_after_s)
    return None


def after_message(person: PracticePerson, messages_from_us: int) -> Intention | None:
    """Tell whether the person answers our so manieth message (a note doesn't count)."""
    if MESSAGES_BEFORE_ANSWER.get(person.character) == messages_from_us and person.answers_after_s is not None:
        return Intention(EventKind.WRITE, person.answers_after_s)
    return None


def words_of(person: PracticePerson) -> str:
    """Return what the person writes; always the same for one person."""
    texts = FIRST_WORDS if person.character is Character.WRITES_FIRST else ANSWERS
    return texts[zlib.crc32(person.provider_id.encode()) % len(texts)]
