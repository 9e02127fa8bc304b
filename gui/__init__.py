"""The window. Shows state, emits wishes; knows the engine only through its services."""
