"""Reusable parts: show state, emit wishes, know nothing of the engine."""
