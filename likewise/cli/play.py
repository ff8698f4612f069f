"""`likewise play`: the page."""

import click

from likewise.cli.command import STOPPED, Command
from likewise.cli.encoder import fetch
from likewise.cli.options import encoder_option
from likewise.cli.output import print_line


@click.command(
    cls=Command,
    examples=(
        "likewise play",
        "likewise play --port 0 --no-browser",
        "likewise play -e BAAI/bge-small-en-v1.5",
    ),
)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Port to listen on, 0 for a free one.  [default: LIKEWISE_PORT or 8337]",
)
@click.option("--no-browser", is_flag=True, help="Don't open a browser.")
@encoder_option
def command(host: str | None, port: int | None, no_browser: bool, encoder: str | None) -> None:
    """Open the page where you can see embeddings and play with them.

    It runs on this machine alone, and its address is printed; Ctrl-C stops it. A server's settings,
    such as keys and addresses, do not change that; with --host, others can see the page.
    """
    from likewise import server
    from likewise.settings import settings

    own = server.for_owner(settings())
    if encoder is not None:
        own = own.but(encoder=encoder)
    fetch(own.encoder.rpartition("#")[0] or own.encoder)
    server.run(host, port, open_browser=not no_browser, on_ready=_announce, settings=own)
    server.leave(STOPPED)


def _announce(address: str) -> None:
    print_line(f"Likewise is at {address} (Ctrl-C stops it)")
