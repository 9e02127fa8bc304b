"""Addresses and cells that are pasted instead of a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import UserError
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]


def address(name: str) -> str:
    return f"https://www.linkedin.com/in/{name}"


@pytest.mark.parametrize(
    ("pasted", "cells"),
    [
        (f"{address('ana')}\n{address('bob')}\n", [(address("ana"),), (address("bob"),)]),
        (f"Name\tLink\nAna\t{address('ana')}\n", [("Ana", address("ana"))]),
        (f"Ana\t{address('ana')}\r\nBob\t{address('bob')}", [("Ana", address("ana")), ("Bob", address("bob"))]),
        ("linkedin.com/sales/lead/ACwAAAabcdef,NAME,x\n", [("linkedin.com/sales/lead/ACwAAAabcdef,NAME,x",)]),
        (f"Name,Profile\nAna,{address('ana')}\n", [("Ana", address("ana"))]),
    ],
    ids=["addresses", "cells", "cells without header", "address with commas", "csv"],
)
def test_pasted_rows_are_read(make_rig: MakeRig, pasted: str, cells: list[tuple[str, ...]]) -> None:
    rig = make_rig()
    session = rig.engine.services.imports.open_text(pasted)
    rig.run(session.read())
    assert [row.cells for row in rig.run(session.page(range(1, 10)))] == cells
    session.close()


def test_text_without_leads_is_not_taken(make_rig: MakeRig) -> None:
    with pytest.raises(UserError, match="no leads to paste"):
        make_rig().engine.services.imports.open_text("see you tomorrow")
