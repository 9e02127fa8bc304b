"""The engine: everything Leadloom does without a window. It does not know that Qt exists."""
