"""Remake the shipped landmarks: `python -m likewise.similarity.landmarks`."""

from pathlib import Path

from likewise.encoders import load
from likewise.settings import settings
from likewise.similarity.background import general_english
from likewise.similarity.landmarks import SHIPPED, dumps, make

if __name__ == "__main__":
    minilm = load("minilm")
    found = make(minilm, general_english(minilm, settings()))
    Path(__file__).with_name(SHIPPED).write_text(dumps(found) + "\n", "utf-8")
