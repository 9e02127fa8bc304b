"""Nobody can hurry a real LinkedIn account by mistake."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import Refused


def check_speed(speed: float, addresses: Iterable[str]) -> None:
    """Raise Refused when time is hurried and an address is neither practice nor loopback."""
    from engine.provider.address import parse_address

    if speed == 1.0:
        return
    for address in addresses:
        parsed = parse_address(address, own_host=True)
        if not (parsed.is_practice or parsed.is_loopback):
            raise Refused(
                "Time can only be hurried for practice accounts.", f"{parsed.host} is a real one: leave --speed out."
            )
