"""Which addresses a webhook may be posted to: the owner of a URL must not reach what stands inside.

A host's name is looked up once, its addresses are judged, and the request goes to one of those
that were judged: a name that answers otherwise a moment later changes nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from schemas.failure import BadRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host."""

MOST_URL: Final = 2048  # characters
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ip_network("64:ff9b::/96")
_UNICAST: Final = ip_network("2000::/3")
"""All of IPv6 that the internet routes; `is_global` takes site-local addresses and old ways to
write IPv4 ones for it too.
"""


@dataclass(frozen=True)
class Target:
    """A URL that was judged: where to connect, and what the other side calls itself."""

    address: str
    host: str
    port: int
    tls: bool
    path: str

    @property
    def url(self) -> str:
        """The URL with the address in the host's place."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (
            host if self.port == _PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"
        )


def networks(text: str) -> tuple[Network, ...]:
    """Networks as a setting names them, comma-separated: `127.0.0.0/8,10.1.2.3`.

    Raises:
        BadRequest: one is none.

    """
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadRequest(f"webhook_networks: {error}") from error


def check_url(url: str) -> tuple[str, int, bool, str]:
    """The host, port, whether it is TLS, and the path with its query. Pure.

    Raises:
        BadRequest: it is no URL to post to; the sentence does not repeat it, it may hold secrets.

    """
    if len(url) > MOST_URL or not url.isascii() or any(c.isspace() or ord(c) < 33 for c in url):
        raise BadRequest(f"the URL has spaces or other signs it must not have, or over {MOST_URL}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadRequest("the URL cannot be read") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadRequest("the URL begins with https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise BadRequest("the URL holds a user or a password: the signature is what proves us")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "https", path


def is_allowed(address: str, *, tls: bool, allowed: Iterable[Network]) -> bool:
    """Whether an address may be posted to: a public one with TLS, or one in a network that the
    owner of this machine named, which may do without. Pure.
    """
    found = _plain(ip_address(address.partition("%")[0]))
    if any(found.version == network.version and found in network for network in allowed):
        return True
    public = found.is_global and not found.is_multicast
    return tls and public and (found.version == 4 or found in _UNICAST)


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where one is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def judged(url: str, allowed: Sequence[Network], lookup: Lookup) -> Target:
    """Where a URL may be posted to.

    Raises:
        BadRequest: it is no URL, or not all of its host's addresses are allowed.
        DependencyDown: the host has no address now.

    """
    host, port, tls, path = check_url(url)
    addresses = await lookup(host, port)
    refused = [one for one in addresses if not is_allowed(one, tls=tls, allowed=allowed)]
    if refused or not addresses:
        what = "a private address" if tls else "http, or a private address"
        raise BadRequest(f"{host} is {what}: webhook_networks names the networks that may be")
    return Target(addresses[0], host, port, tls, path)
