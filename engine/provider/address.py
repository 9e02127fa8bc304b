"""The provider's address: from what a person pastes to one checked base URL.

It must not open connections. What doesn't parse strictly is refused: the key goes wherever this address points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address
from urllib.parse import SplitResult, urlsplit

from engine.errors import Topic, UserError

UNIPILE_DOMAIN = "unipile.com"
NEW_API_HOST = "api.unipile.com"
"""Source: docs/provider.md: base of the newer API, `https://api.unipile.com/v2`."""
PRACTICE = "practice"
_API_PATH = "/api/v1"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = IPv4Network("127.0.0.0/8")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PRINTABLE = re.compile(r"[!-~]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_EXAMPLE = "It looks like api1.unipile.com:13111; copy it from Unipile's dashboard."

_NEW_API_TITLE = "This key is for Unipile's new API, which Leadloom can't use yet"
_NEW_API_ADVICE = "ask Unipile for v1 access"
NEW_API_SENTENCE = f"{_NEW_API_TITLE}; {_NEW_API_ADVICE}"


@dataclass(frozen=True, kw_only=True)
class ProviderAddress:
    """Where requests go. `base_url` ends in /api/v1; `host` is lower case, an IPv6 host without brackets."""

    base_url: str
    host: str
    port: int
    is_loopback: bool
    is_practice: bool

    @property
    def origin(self) -> str:
        """Return scheme, host and port only, as the hosted log-in wants it."""
        return self.base_url.removesuffix(_API_PATH)


PRACTICE_ADDRESS = ProviderAddress(
    base_url=f"http://practice.invalid{_API_PATH}",
    host="practice.invalid",
    port=80,
    is_loopback=False,
    is_practice=True,
)
"""The built-in practice account. `.invalid` never resolves, so nothing can leave the machine. Source: RFC 2606."""


def parse_address(text: str, *, own_host: bool = False) -> ProviderAddress:
    """Read an address as people paste it: with or without scheme, with or without /api/v1, or `practice`.

    `own_host` allows https hosts outside unipile.com.

    Raises: UserError with a title and advice when it isn't such an address.
    """
    text = text.strip()
    if text.lower() in (PRACTICE, PRACTICE_ADDRESS.base_url):
        return PRACTICE_ADDRESS
    if not _PRINTABLE.fullmatch(text) or "\\" in text:
        raise _refused("The address is empty or has characters that don't belong in it.")
    parts = _split(text)
    host, is_loopback = _checked_host(parts)
    _check_path(parts, host)
    scheme = parts.scheme or ("http" if is_loopback else "https")
    port = _checked_port(parts, scheme)
    _check_scheme(scheme, is_loopback=is_loopback)
    if not (is_loopback or own_host or host.endswith(f".{UNIPILE_DOMAIN}")):
        raise UserError(
            f"“{host}” is not a Unipile address.",
            f"Addresses end in {UNIPILE_DOMAIN}. If it is a server of your own, say so with the address.",
            topic=Topic.OWN_HOST,
        )
    shown = f"[{host}]" if ":" in host else host
    return ProviderAddress(
        base_url=f"{scheme}://{shown}:{port}{_API_PATH}",
        host=host,
        port=port,
        is_loopback=is_loopback,
        is_practice=False,
    )


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text if _SCHEME.match(text) else f"//{text}")
        has_user = parts.username is not None or parts.password is not None or "@" in parts.netloc
    except ValueError:
        raise _refused("This address can't be read.") from None
    if has_user:
        raise _refused("The address must not hold a user name or a password.")
    if "?" in text or "#" in text:
        raise _refused("The address must not hold a question mark or a # part.")
    return parts


def _checked_host(parts: SplitResult) -> tuple[str, bool]:
    """Return the lower-case host and whether it is this machine."""
    host = (parts.hostname or "").lower()
    if parts.netloc.startswith("["):
        try:
            return _ip6(host)
        except (AddressValueError, ValueError):
            raise _refused("The IPv6 address can't be read.") from None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("The host name can't be read.")
    if labels[-1][0].isdigit():
        # Short, octal and hexadecimal forms (127.1, 0x7f.1) mean different hosts to different programs.
        try:
            return host, IPv4Address(host) in _LOOPBACK
        except AddressValueError:
            raise _refused("The IP address can't be read.") from None
    return host, host == "localhost"


def _ip6(host: str) -> tuple[str, bool]:
    if "%" in host:
        raise ValueError(host)
    address = IPv6Address(host)
    return str(address), address == IPv6Address("::1")


def _check_path(parts: SplitResult, host: str) -> None:
    path = parts.path.rstrip("/")
    if host == NEW_API_HOST or (host.endswith(f".{UNIPILE_DOMAIN}") and re.match(r"(/api)?/v2(/|$)", path)):
        raise UserError(
            f"{_NEW_API_TITLE}.", f"{_NEW_API_ADVICE[0].upper()}{_NEW_API_ADVICE[1:]}.", topic=Topic.NEW_API
        )
    if parts.path not in ("", "/", _API_PATH, f"{_API_PATH}/"):
        raise _refused("After the host and port an address may only have /api/v1.")


def _checked_port(parts: SplitResult, scheme: str) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port is None and not parts.netloc.endswith(":"):
        return _DEFAULT_PORTS.get(scheme, 0)
    if not port:
        raise _refused("The port must be a number from 1 to 65535.")
    return port


def _check_scheme(scheme: str, *, is_loopback: bool) -> None:
    if scheme not in _DEFAULT_PORTS:
        raise _refused("The address must begin with https://, or have nothing in front of the host.")
    if scheme == "http" and not is_loopback:
        raise UserError(
            "This address isn't encrypted, so your key could be read on the way.", "Use https:// instead of http://."
        )


def _refused(title: str) -> UserError:
    return UserError(title, _EXAMPLE)
