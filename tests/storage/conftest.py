"""A migrated database in a folder of the test's own, with a person, a campaign and an enrolment on demand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.migrate import migrate
from storage.unit_of_work import UnitOfWork


class Filled:
    """A database and short ways to put rows into it; every method is one transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def do(self, sql: str, **values: Any) -> Any:
        return self.db.write_here(lambda u: u.connection.execute(text(sql), values).rowcount)[0]

    def see(self, sql: str) -> list[Any]:
        return list(self.db.read_here(lambda c: c.execute(text(sql)).all()))

    def add(self, table: str, **values: Any) -> int:
        names = ", ".join(values)
        marks = ", ".join(f":{n}" for n in values)

        def insert(uow: UnitOfWork) -> int:
            done = uow.connection.execute(
                text(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING rowid"), values
            )
            return int(done.scalar_one())

        return self.db.write_here(insert)[0]

    def scene(self) -> None:
        """Add account 1, leads 1 and 2, campaigns 1 and 2 with their versions, and both leads in both campaigns."""
        self.add("engine_state", id=1, db_uuid="u", lineage="l", machine_id="m", boot_id="b")
        self.add(
            "account", address="a", provider_account_id="p", name="Jane", status="ok", time_zone="Europe/Paris",
            days="mon,tue,wed,thu,fri", start_minute=540, end_minute=1020, created_ms=0,
        )  # fmt: skip
        for n in (1, 2):
            self.add("lead", identity_key=f"slug:{n}", first_name=f"F{n}", created_ms=0)
            self.do("INSERT INTO lead_alias (alias, lead_id) VALUES (:alias, :n)", alias=f"slug:{n}", n=n)
            self.add("campaign", name=f"C{n}", account_id=1, state="running", created_ms=0)
            self.add("sequence_version", campaign_id=n, n=1, steps="[]", created_ms=0)
            self.do("UPDATE campaign SET version_id = :n WHERE id = :n", n=n)
        for campaign in (1, 2):
            for lead in (1, 2):
                self.add(
                    "enrolment", campaign_id=campaign, lead_id=lead, account_id=1, version_id=campaign, enrolled_ms=0
                )

    def delivery(
        self, enrolment: int, step: str = "m1", state: str = "planned", kind: str = "message", **more: Any
    ) -> int:
        """Add a row of the ledger for an enrolment of the scene."""
        (row,) = self.see(f"SELECT campaign_id, lead_id FROM enrolment WHERE id = {enrolment}")
        plain = {"account_id": 1, "lead_id": row.lead_id, "campaign_id": row.campaign_id, "enrolment_id": enrolment}
        uuid = f"{enrolment}-{step}-{state}-{len(self.see('SELECT 1 FROM delivery'))}"
        return self.add("delivery", uuid=uuid, step_key=step, kind=kind, state=state, due_ms=0, **plain, **more)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "leadloom.db"
    migrate(path, tmp_path / "backups", datetime.now(UTC))
    made = Database(path)
    yield made
    made.close()


@pytest.fixture
def filled(db: Database) -> Filled:
    made = Filled(db)
    made.scene()
    return made
