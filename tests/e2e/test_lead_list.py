"""A list with problems in the real window: dropped or chosen, mended in place, imported, taken back, imported again."""

from __future__ import annotations

from tests.e2e.hands import Hand
from tests.e2e.running import Running

CSV = """First name,Company,LinkedIn
Ann,Acme,https://www.linkedin.com/in/ann-lee-1
Bo,Bolt,https://www.linkedin.com/in/bo-berg-2
Cy,Cato,https://www.linkedin.com/in/cy-cole-3
Di,Dune,linkedin.com/company/dune
"""
WRONG, RIGHT = "linkedin.com/company/dune", "https://www.linkedin.com/in/di-dean-4"


def names(running: Running) -> set[str]:
    return {lead["first_name"] for lead in running.read("leads", "list")}


def test_a_list_with_a_problem_is_mended_imported_undone_and_imported_again(running: Running, hand: Hand) -> None:
    running.csv.write_text(CSV, encoding="utf-8")
    window = running.open_window()
    hand.open_file(str(running.csv))
    window.until_shown("Show only: 1 to fix")
    window.until_shown("Import 3")

    hand.change_cell("Rows of the list*", WRONG, RIGHT)
    window.until_shown("Import 4")
    hand.choose("Into which campaign", "New campaign…")
    hand.type_into("Name of the campaign", "From a list")
    hand.press("Make the draft")
    hand.press("Import 4 into the draft")
    window.until_told("Imported 4 new into “From a list”.")
    assert names(running) == {"Ann", "Bo", "Cy", "Di"}

    hand.undo()
    window.until_told("The import is taken back: 4 leads removed.")
    assert names(running) == set()

    hand.press("Import 4 into the draft")
    window.until_told("Imported 4 new into “From a list”.")
    assert names(running) == {"Ann", "Bo", "Cy", "Di"}
