"""How Alembic reaches the file: one connection, one transaction for all steps, checked before the commit."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, event, pool

from engine.errors import StorageError
from storage.migrate import APPLICATION_ID, SCHEMA_VERSION
from storage.tables import metadata


def _run() -> None:
    engine = create_engine(f"sqlite:///{context.config.attributes['path']}", poolclass=pool.NullPool)

    @event.listens_for(engine, "connect")
    def _set_up(raw, _record):  # type: ignore[no-untyped-def]
        raw.isolation_level = None
        raw.execute("PRAGMA foreign_keys = 0")
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection):  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=False
        )
        with context.begin_transaction():
            context.run_migrations()
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise StorageError("The data could not be brought to the new version.", "Nothing was changed.")
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    engine.dispose()


_run()
