"""One local SQLite file: tables, transactions, queries, migrations, and the keyring."""
