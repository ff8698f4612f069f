"""Who may be asking: only the owner of this machine, or strangers too."""

from ipaddress import ip_address

from likewise.settings import Settings


def only_owner(settings: Settings) -> bool:
    """Whether only programs on this machine can ask: nothing stands before the server."""
    return (
        not settings.public
        and not settings.trusted_proxies
        and all(map(_loopback, [settings.host, *settings.allowed_hosts]))
    )


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
