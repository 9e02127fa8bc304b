"""The metadata of all tables, and the few kinds of columns there are."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def listed(values: object) -> str:
    """Return values as SQL's list of strings."""
    return ", ".join(f"'{v}'" for v in values)  # type: ignore[attr-defined]


def key_to(target: str, *, nullable: bool = False) -> Column[int]:
    """Return a foreign key; history can't be deleted by a cascade."""
    name = target.split(".")[0] + "_id"
    return Column(name, Integer, ForeignKey(target, ondelete="RESTRICT"), nullable=nullable)


def flag(name: str, default: int = 0) -> Column[int]:
    """Return a yes-or-no column."""
    return Column(
        name,
        Integer,
        CheckConstraint(f"{name} IN (0, 1)", name=name),
        nullable=False,
        server_default=text(str(default)),
    )


def moment(name: str, *, nullable: bool = True) -> Column[int]:
    """Return a column of milliseconds UTC."""
    return Column(name, Integer, nullable=nullable)


def number(name: str, default: int) -> Column[int]:
    """Return a column of whole numbers."""
    return Column(name, Integer, nullable=False, server_default=text(str(default)))


def words(name: str, default: str = "") -> Column[str]:
    """Return a column of text, empty by default."""
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))
