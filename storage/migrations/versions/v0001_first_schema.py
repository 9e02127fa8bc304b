"""The first schema."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Run the statements beside this file; a line of -- parts them."""
    for statement in _SQL.read_text(encoding="utf-8").split("\n--\n"):
        op.execute(statement)
