"""Texts with variables: places of problems, held leads, and that values are only ever data."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain import templates
from engine.domain.template_language import FILTERS, LONGEST_OUTPUT_CHARS
from engine.domain.templates import STANDARD_VARIABLES, HeldText, Rendered, TemplateProblem, check, render

JANE = {"first_name": "Jane", "company": "Acme", "title": "Head of Things", "location": ""}
MARKS = ("{{", "}}", "{%", "%}")


def text_for(template: str, values: dict[str, str] | None = None) -> str:
    outcome = render(template, JANE if values is None else values)
    assert isinstance(outcome, Rendered), outcome
    return outcome.text


def held(template: str, values: dict[str, str] | None = None) -> str:
    outcome = render(template, JANE if values is None else values)
    assert isinstance(outcome, HeldText), outcome
    return outcome.reason


def problems(template: str) -> list[TemplateProblem]:
    return list(check(template, STANDARD_VARIABLES))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", ""),
        ("Hello", "Hello"),
        ("Hi {{ first_name }}!", "Hi Jane!"),
        ("Hi {{first_name|upcase}}", "Hi JANE"),
        ("{{ location | default: 'your town' }}", "your town"),
        ("{{ nothing | default: 'x' }}", "x"),
        ("{{ nothing | upcase | default: 'x' }}", "x"),
        ("{{ 'a' | append: nothing | default: 'x' }}", "x"),
        ("a{{ nothing | default: '' }}b", "ab"),
        ("{{ '' | default: company }}", "Acme"),
        ("{{ company | downcase }}", "acme"),
        ("{{ 'acme' | capitalize }}", "Acme"),
        ("{{ ' a ' | strip }}", "a"),
        ("{{ title | truncate: 7 }}", "Head..."),
        ("{{ title | truncate: 14 }}", "Head of Things"),
        ("{{ title | truncate: 2, '' }}", "He"),
        ("{{ title | truncatewords: 2, '…' }}", "Head of…"),
        ("{{ title | truncatewords }}", "Head of Things"),
        ("{{ title | replace: 'Head', 'Chief' }}", "Chief of Things"),
        ("{{ title | replace: 'Head ' }}", "of Things"),
        ("{{ title | split: ' ' | first }}", "Head"),
        ("{{ title | split: ' of ' | last }}", "Things"),
        ("{{ title | first }}{{ title | last }}", "Hs"),
        ("{{ company | split: '' | last }}", "e"),
        ("{{ company | append: '!' | prepend: 3 }}", "3Acme!"),
        ("{% if company %}a{% else %}b{% endif %}", "a"),
        ("{% if location %}a{% elsif nothing %}b{% else %}c{% endif %}", "c"),
        ("{% unless location %}a{% endunless %}", "a"),
        ("{% if location contains 'x' %}a{% else %}b{% endif %}", "b"),
        ("{% case company %}{% when 'Acme', 'B' %}x{% else %}y{% endcase %}", "x"),
        ("{% case location %}{% when 'Acme' %}x{% else %}y{% endcase %}", "y"),
        ("a {%- if company -%} b {%- endif -%} c", "abc"),
    ],
)
def test_renders(template: str, expected: str) -> None:
    assert check(template, STANDARD_VARIABLES | {"nothing"}) == ()
    assert text_for(template) == expected


@pytest.mark.parametrize(
    ("template", "reason", "variable"),
    [
        ("at {{ location }}", "location is empty", "location"),
        ("at {{ nothing }}", "nothing is empty", "nothing"),
        ("at {{ nothing | upcase }}", "nothing is empty", "nothing"),
        ("{{ 'at ' | append: nothing }}", "nothing is empty", "nothing"),
        ("{{ company | default: nothing }}{{ nothing | default: location }}", "location is empty", "location"),
        ("{{ now }}", "now is empty", "now"),
        ("{{ today }}", "today is empty", "today"),
        ("{{ company | replace: 'Acme', '' }}", "company | replace: 'Acme', '' is empty", None),
        ("{{ '' | split: ',' | first }}", "'' | split: ',' | first is empty", None),
        ("{{ company", "the text can't be read as a template", None),
        ("{% for a in b %}{% endfor %}", "the text can't be read as a template", None),
        ("{% if location %}a{% endif %}", "the text comes out empty", None),
        ("{{ company | truncate: 'x' }}", "a filter or condition can't be used like this", None),
        ("{{ company | upcase: 1 }}", "a filter or condition can't be used like this", None),
        ("{{ company | nofilter }}", "a filter or condition can't be used like this", None),
        ("{{ true | upcase }}", "a filter or condition can't be used like this", None),
        ("x" * 16_001, "the text is too long", None),
    ],
)
def test_holds(template: str, reason: str, variable: str | None) -> None:
    outcome = render(template, JANE)
    assert isinstance(outcome, HeldText)
    assert outcome.reason == reason
    if variable:
        assert outcome.variable == variable


def test_a_value_that_is_markup_stays_a_value_and_holds_the_lead() -> None:
    outcome = render("Hi {{ first_name }} of {{ company }}", {"first_name": "Jane", "company": "{{first_name}}"})
    assert outcome == HeldText(reason="the text still holds {{ }} or {% %}", variable="company")
    assert held("{{ first_name }}{{ company }}", {"first_name": "{", "company": "{ x"}).startswith(
        "the text still holds"
    )


def test_long_outputs_are_held() -> None:
    assert held("{{ company }}", {"company": "x" * 100_000}) == "the text is too long"
    assert "like this" in held("{{ company | upcase }}", {"company": "x" * (LONGEST_OUTPUT_CHARS + 1)})
    growing = "{{ company " + "| replace: '', 'abcdefghij' " * 12 + "}}"
    assert "like this" in held(growing, {"company": "abc"})


@pytest.mark.parametrize(
    ("template", "place", "message"),
    [
        ("Hi {{ frist_name }}", (1, 7, 6, 10), "There is no variable “frist_name”. Did you mean “first_name”?"),
        ("a\n{{ zzzz }}", (2, 4, 5, 4), "There is no variable “zzzz”."),
        ("{{ now }}", (1, 4, 3, 3), "There is no variable “now”."),
        ("{% if zzzz %}a{% endif %}", (1, 7, 6, 4), "There is no variable “zzzz”."),
        ("{{ a.b }}", (1, 4, 3, 3), "“a.b” is not a variable's name: use letters, digits and _."),
        ("{{ a[b] }}", (1, 4, 3, 4), "“a[b]” is not a variable's name: use letters, digits and _."),
        ("{{ company | upcse }}", (1, 14, 13, 5), "There is no filter “upcse”. Did you mean “upcase”?"),
        ("{{ company | truncate: 'x' }}", (1, 1, 0, 29), "A filter or a condition can't be used like this."),
        ("{% if company > 3 %}a{% endif %}", (1, 1, 0, 20), "A filter or a condition can't be used like this."),
        ("é\U0001f600{{ | }}", (1, 3, 2, 7), "This can't be read as a variable or a condition."),
        ("{{ company", (1, 1, 0, 2), "“{{” isn't closed by “}}”."),
        ("{{ a {{ company }}", (1, 1, 0, 2), "“{{” isn't closed by “}}”."),
        ("x }} y", (1, 3, 2, 2), "“}}” without “{{” before it."),
        ("x %} y", (1, 3, 2, 2), "“%}” without “{%” before it."),
        ("{% fi %}", (1, 1, 0, 8), "There is no tag “fi” here."),
        ("{% raw %}", (1, 1, 0, 9), "There is no tag “raw” here."),
        ("{% # note %}", (1, 1, 0, 12), "There is no tag “#” here."),
        ("{% %}", (1, 1, 0, 5), "The tag has no name."),
        ("{% if company %}", (1, 1, 0, 16), "“if” isn't closed: add {% endif %}."),
        ("{% endif %}", (1, 1, 0, 11), "“endif” has no open “if”."),
        ("{% if company %}{% endcase %}{% endif %}", (1, 17, 16, 13), "“endcase” has no open “case”."),
        ("{% when 'a' %}", (1, 1, 0, 14), "“when” doesn't belong here."),
        ("{% if company %}{% when 1 %}{% endif %}", (1, 17, 16, 12), "“when” doesn't belong here."),
        (
            "{% if company %}{% else %}{% else %}{% endif %}",
            (1, 27, 26, 10),
            "“else” can't come after “else”.",
        ),
        ("{{ '" + "x" * 600 + "' }}", (1, 1, 0, 608), "This is too long to be a variable or a condition."),
        ("x" * 16_001, (1, 16_001, 16_000, 1), "The text is longer than 16000 characters."),
    ],
)
def test_problems_have_places(template: str, place: tuple[int, int, int, int], message: str) -> None:
    found = problems(template)
    assert [(p.line, p.column, p.offset, p.length) for p in found] == [place]
    assert found[0].message == message


def test_all_problems_are_said_at_once() -> None:
    found = problems("Hi {{ frist_name }}, {{ | }} at {{ compny }} {% fi %}")
    assert [p.variable for p in found] == ["frist_name", None, "compny", None]


def test_without_known_names_only_the_form_is_judged() -> None:
    assert check("{{ whatever }}", None) == ()
    assert len(check("{{ a.b }}", None)) == 1


def test_a_trial_that_only_lacks_output_is_no_problem() -> None:
    assert problems("{{ company | replace: 'Sample' }}") == []
    assert problems("{% if company == 'Acme' %}x{% endif %}") == []


def test_variables_are_listed_with_their_places() -> None:
    uses = templates.variables("{% if company %}{{ first_name }}{% endif %}")
    assert [(use.name, use.offset, use.length) for use in uses] == [("company", 6, 7), ("first_name", 19, 10)]
    assert templates.variables("{{") == ()
    assert templates.variables("{{ a }}" * 3000) == ()


def test_lengths_count_both_ways() -> None:
    assert templates.length("a\U0001f600") == templates.LengthCount(code_points=2, utf16_units=3)
    assert templates.length_problem("x" * 200, templates.NOTE_LIMIT_FREE) is None
    assert templates.length_problem("x" * 201, 200) == "The text is 1 character over the limit of 200."
    assert templates.length_problem("\U0001f600" * 101, 200) == "The text is 2 characters over the limit of 200."


def test_the_library_is_not_imported_before_the_first_text() -> None:
    code = "import sys, engine.domain.templates; sys.exit('liquid' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "template",
    [
        "{{" * 8000,
        "}}" * 8000,
        "{{" + " " * 15_990 + "}}",
        ("{{" + " " * 480 + "}}") * 33,
        "{% if a %}" * 1600,
        "{{ " + "a|" * 240 + "}}",
        "{{ " + "a[" * 150 + "a" + "]" * 150 + " }}",
        "{{ " + "(" * 480 + " }}",
        "{% if " + " and ".join(["a"] * 95) + " %}x{% endif %}",
        "{% if a %}" * 40 + "x" + "{% endif %}" * 40,
        "{{ " + "9" * 480 + " }}",
        "{{ (1.." + "9" * 400 + ") | last }}",
    ],
)
def test_hostile_texts_are_answered_quickly(template: str) -> None:
    begin = time.perf_counter()
    check(template, STANDARD_VARIABLES)
    render(template, {"a": "b"})
    assert time.perf_counter() - begin < 3


WORDS = [
    "{{-",
    "-%}",
    "if",
    "else",
    "endif",
    "case",
    "when",
    "company",
    "first_name",
    "|",
    ":",
    "'",
    '"',
    "contains",
    ">",
    "..",
    "(",
    "[",
    "]",
    ".",
    ",",
    "1",
    "-",
    "é",
]
PIECES = (
    st.sampled_from([*MARKS, *WORDS, " ", "\n", *(f"|{name}" for name in FILTERS)])
    | st.sampled_from(["{{ company }}", "{% if company %}", "{% endif %}"])
    | st.text(max_size=4)
)
TEMPLATES = st.lists(PIECES, max_size=25).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEMPLATES, st.dictionaries(st.sampled_from(["company", "first_name"]), TEMPLATES))
@example("{{ company }}", {"company": "\x1f"})
def test_check_and_render_are_total(template: str, values: dict[str, str]) -> None:
    outcome = render(template, values)
    if isinstance(outcome, Rendered):
        assert not any(mark in outcome.text for mark in MARKS)
        assert len(outcome.text) <= 4 * LONGEST_OUTPUT_CHARS
        assert check(template, None) == () or "truncate" in template or "replace" in template
    for problem in check(template, STANDARD_VARIABLES):
        assert 0 <= problem.offset <= len(template)
        assert problem.length >= 1
        line = template.split("\n")[problem.line - 1]
        assert 1 <= problem.column <= len(line) + 1


@settings(deadline=None)
@given(st.text(max_size=60).filter(lambda value: value.strip() and not any(m in f"<{value}>" for m in MARKS)))
def test_values_come_out_as_they_are(value: str) -> None:
    assert text_for("<{{ company }}>", {"company": value}) == f"<{value}>".replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("text", "reason"), [(" \n", "the text is empty"), ("Hi {{ x", "still holds"), ("{% if", "still holds")]
)
def test_a_plain_text_that_is_empty_or_looks_like_a_template_is_held(text: str, reason: str) -> None:
    held = templates.plain(text)
    assert isinstance(held, templates.HeldText) and reason in held.reason


def test_a_plain_text_goes_as_it_stands() -> None:
    assert templates.plain(" Hi {there} 😀 ") == templates.Rendered(text=" Hi {there} 😀 ")
