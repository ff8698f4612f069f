"""Remake the shipped scale: `python -m likewise.similarity.background`."""

from pathlib import Path

from likewise.encoders import load
from likewise.similarity.background import SHIPPED, dumps, make

if __name__ == "__main__":
    Path(__file__).with_name(SHIPPED).write_text(dumps(make(load("minilm"))) + "\n", "utf-8")
