"""The practice LinkedIn: a seeded world that answers in Unipile's wire format."""
