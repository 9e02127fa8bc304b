"""Qt models over row values: ids plus a small cache of rows."""
