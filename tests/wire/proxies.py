"""Reverse proxies that stand before the server: how each is started."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream likewise {{ server 127.0.0.1:{behind}; keepalive 4; }}
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://likewise;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""
"""As the guides for websockets have it, which hands an Upgrade on."""

HAPROXY = """
global
  maxconn 256
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option http-keep-alive
  http-reuse always
frontend all
  bind 127.0.0.1:{port}
  option forwardfor
  default_backend likewise
backend likewise
  server one 127.0.0.1:{behind}
"""

NAMES = ("caddy", "nginx", "haproxy")


def missing() -> list[str]:
    """Return the programs that are not on this machine."""
    return [name for name in NAMES if program(name) is None]


def program(name: str) -> str | None:
    """Return where a program is; Debian keeps servers where only the administrator looks."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


@contextmanager
def proxy(name: str, behind: int, folder: Path) -> Iterator[str]:
    """Run a proxy before the server on port `behind`; gives its URL."""
    port = free_port()
    command = _command(name, port, behind, folder)
    with (folder / f"{name}.out").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _wait(port, running, folder / f"{name}.out")
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


def _command(name: str, port: int, behind: int, folder: Path) -> list[str]:
    found = program(name)
    assert found is not None
    if name == "caddy":
        # the file that we recommend, but for the host, the ports and the certificate
        config = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
        config = config.replace("embed.example.org {", f":{port} {{")
        config = config.replace("127.0.0.1:8337", f"127.0.0.1:{behind}")
        config = config.replace("\tservers {", "\tadmin off\n\tservers {")
        (folder / "Caddyfile").write_text(config, "utf-8")
        return [found, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    template = {"nginx": NGINX, "haproxy": HAPROXY}[name]
    path = folder / f"{name}.conf"
    path.write_text(template.format(folder=folder, port=port, behind=behind), "utf-8")
    return {"nginx": [found, "-c", str(path)], "haproxy": [found, "-db", "-f", str(path)]}[name]


def _wait(port: int, running: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the proxy did not start: {log.read_text('utf-8', 'replace')}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
