"""The words of connecting LinkedIn. Plain values: knows no widget."""

from __future__ import annotations

TITLES = ("What you need", "The address", "The access token", "Log in to LinkedIn")
UNIPILE = (
    "Leadloom reaches LinkedIn through Unipile, a paid service. Make a Unipile account at unipile.com;"
    " its dashboard shows an address and makes access tokens."
)
RISK = "Automation is against LinkedIn's terms. Leadloom's limits lower the risk; they don't remove it."
ADDRESS_HINT = "Copy it from Unipile's dashboard; it looks like api1.unipile.com:13111."
KEY_HINT = "Make one in the dashboard under “Access tokens” and paste it. It is kept in this computer's keyring only."
CHECKING = "Asking Unipile whether this token works…"
LOG_IN_LATER = "in the browser; the password stays there"
LOG_IN = (
    "You log in to LinkedIn on Unipile's own page, in your browser. Leadloom never sees that password."
    " Come back here afterwards: the account appears by itself."
)
WAITING = "Waiting for LinkedIn. This goes on by itself once you have logged in."
NOT_OPENED = "No browser could be opened. Copy the link and paste it into one."
COPIED_LINK = "The link is on the clipboard. It works for an hour."
COPIED_REQUEST = "The request is on the clipboard. Send it to Unipile's support; paste the new address and token here."
NEWER_API = (
    "If your Unipile account is a newer one, its token is for an API that Leadloom can't use yet. Unipile gives access"
    " to the one before (v1) on request."
)
REQUEST = (
    "Hello,\n\nmy Unipile account was made for your API v2. The program that I use, Leadloom, works with API v1."
    " Please give me access to v1: a DSN (host and port) and an access token for it.\n\nThank you"
)


def also(names: tuple[str, ...]) -> str:
    """Say why there is still something to do although the token works."""
    if not names:
        return "The token works. No LinkedIn account is connected to it yet."
    verb = "is" if len(names) == 1 else "are"
    return f"The token works. {', '.join(names)} {verb} here already; log in to add another LinkedIn account."
