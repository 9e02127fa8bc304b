"""Doors to LinkedIn: the protocol, the Unipile client, and the simulated LinkedIn."""
