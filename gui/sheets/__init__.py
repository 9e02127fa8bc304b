"""Dialogs, opened with open() and never exec()."""
