"""Leads: the persons, known by one identity each and any number of aliases."""

from __future__ import annotations

TEXT_FIELDS = ("first_name", "last_name", "company", "title", "headline", "location", "industry", "email", "website")
"""Columns of a lead that are variables of a text under the same name."""
