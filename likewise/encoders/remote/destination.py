"""Where requests to a provider may go.

A name can be made to lead anywhere, also into the network that this machine stands in. So a
name is looked up once for each request, every address that it leads to is checked, and the
request goes to checked addresses alone: a second look-up could give others.
"""

import asyncio
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from likewise.errors import InvalidOption, RemoteUnavailable, shown, shown_setting

METADATA = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local; clouds give out credentials at 169.254.169.254
        "fe80::/10",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
        "192.0.0.192/32",
    )
)
"""Never asked, also not where the operator names them."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Destination:
    """A provider's base address, e.g. `https://api.openai.com/v1`.

    private: whether its name may lead to a private address.
    """

    url: SplitResult
    private: bool

    @property
    def host(self) -> str:
        """Host and, where given, port, as in the address."""
        return self.url.netloc

    async def resolve(self) -> list[str]:
        """Return the addresses to connect to, as text, the system's choice first.

        Raises:
            RemoteUnavailable: the name leads nowhere, or where it must not.
        """
        name = self.url.hostname or ""
        port = self.url.port or (443 if self.url.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                name, port, type=socket.SOCK_STREAM
            )
        except OSError:
            raise RemoteUnavailable(
                f"The provider's host name {shown(name)} can't be resolved.",
                "Check the address and the network.",
            ) from None
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            self._check(name, address)
        return [str(address) for address in dict.fromkeys(addresses)]

    def _check(self, name: str, address: Address) -> None:
        if _holds_credentials(address):
            raise RemoteUnavailable(
                f"The provider's host name {shown(name)} resolves to {address}, where machines "
                "get their credentials; it is never asked.",
                "Write the provider's own address.",
            )
        named = name == "localhost" or _literal(name) is not None
        if not plain(address).is_global and not named and not self.private:
            raise RemoteUnavailable(
                f"The provider's host name {shown(name)} resolves to the private address "
                f"{address}.",
                "If that is intended, set LIKEWISE_REMOTE_PRIVATE=true.",
            )


def destination(base: str, *, private: bool) -> Destination:
    """Return the destination of a base address that an operator wrote.

    Raises:
        InvalidOption: it is not a plain http or https address, or one that is never asked.
    """
    try:
        url = urlsplit(base.rstrip("/"))
        plain_address = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        plain_address = False
    # the library drops line breaks, and what no header holds fails only where it is sent
    plain_address = plain_address and re.fullmatch(r"[!-~]+", base) is not None
    if not plain_address or url.username or url.query or url.fragment:
        raise InvalidOption(
            f"{shown_setting(base)} is not the address of a provider.",
            "Write it as https://host/v1, in ASCII, without a user, a query or a key.",
            param="encoder",
        )
    literal = _literal(url.hostname or "")
    if literal is not None and _holds_credentials(literal):
        raise InvalidOption(
            f"{shown(base)} is where machines get their credentials; it is never asked.",
            "Write the provider's own address.",
            param="encoder",
        )
    return Destination(url, private)


def _holds_credentials(address: Address) -> bool:
    real = plain(address)
    return any(real in network for network in METADATA if network.version == real.version)


def plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, otherwise the address itself."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _literal(name: str) -> Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None
