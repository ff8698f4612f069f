"""No socket is opened at import, load and encode, and no telemetry comes along."""

import subprocess
import sys

CODE = """
import sys

def forbid(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__",):
        raise SystemExit(f"opened a socket: {event} {args}")
    if event == "subprocess.Popen":
        raise SystemExit(f"started a program: {args[0]}")

sys.addaudithook(forbid)
import likewise
encoder = likewise.load("minilm")
encoder.encode(["I love my cat."])
likewise.compare(["I love my cat.", "cat prints a file."])
loaded = [name for name in sys.modules if "telemetry" in name and sys.modules[name] is not None]
print(loaded)
"""


def test_import_load_and_encode_open_no_socket():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
