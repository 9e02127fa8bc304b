"""One module per screen: lays out, connects, calls commands."""
