"""Writes and look-ups inside a unit of work, a module per entity."""
