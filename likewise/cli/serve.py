"""`likewise serve`: embeddings for other programs."""

import signal
from typing import Any

import click

from likewise.cli.command import STOPPED, Command
from likewise.cli.encoder import fetch
from likewise.cli.output import note


@click.command(
    cls=Command,
    examples=(
        "likewise serve",
        "likewise serve --encoder minilm --encoder BAAI/bge-small-en-v1.5 --no-page",
        "LIKEWISE_API_KEYS=secret likewise serve --host 0.0.0.0 --allowed-host embed.example.org",
        "curl localhost:8337/v1/embeddings -H 'Content-Type: application/json' \\",
        '     -d \'{"model": "minilm", "input": "I love my cat."}\'',
    ),
)
@click.option("--host", help="Address to listen on.  [default: LIKEWISE_HOST or 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Port to listen on, 0 for a free one.  [default: LIKEWISE_PORT or 8337]",
)
@click.option(
    "--encoder",
    "-e",
    "encoders",
    multiple=True,
    metavar="NAME",
    help="Encoder to offer; the first is the default. May be given several times.  "
    "[default: LIKEWISE_ENCODER and LIKEWISE_ENCODERS]",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="HOST",
    help="Name under which clients reach the server. May be given several times.  "
    "[default: LIKEWISE_ALLOWED_HOSTS, and always this machine's own]",
)
@click.option("--page/--no-page", default=None, help="Serve the page too.  [default: without keys]")
@click.option(
    "--log/--no-log",
    default=None,
    help="Write a line for each request to stderr.  [default: unless LIKEWISE_LOG_REQUESTS=false]",
)
@click.option(
    "--rate-requests", metavar="N/TIME", help="Requests each client may make, e.g. 60/minute."
)
@click.option(
    "--rate-tokens", metavar="N/TIME", help="Tokens each client may use, e.g. 100000/minute."
)
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    metavar="DOLLARS",
    help="Most to spend at providers until the server stops.",
)
def command(log: bool | None, **options: Any) -> None:  # noqa: ANN401
    """Serve embeddings to other programs, with an API like OpenAI's.

    The keys that clients need are read from LIKEWISE_API_KEYS, and every other setting from a
    variable of its own: see docs/deploy.md. Ctrl-C or SIGTERM lets answers in progress finish; a
    second one stops at once.
    """
    from likewise import server
    from likewise.server.http.log import log_to_stderr
    from likewise.settings import settings

    own = settings()
    if log is None:
        log = own.log_requests or "log_requests" not in own.model_fields_set
    chosen = own.but(**_given(options), log_requests=log, public=True)
    for name in dict.fromkeys([chosen.encoder, *chosen.encoders]):
        fetch(name.rpartition("#")[0] or name)
    log_to_stderr()
    stopped_by = server.run(settings=chosen, on_ready=_announce)
    server.leave(STOPPED if stopped_by == signal.SIGINT else 0)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that the command line says, under their own names."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    if encoders := given.pop("encoders", None):
        given |= {"encoder": encoders[0], "encoders": tuple(encoders[1:])}
    return given


def _announce(address: str) -> None:
    note(f"Likewise serves {address}v1/embeddings (Ctrl-C stops it)")
