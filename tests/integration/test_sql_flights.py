"""A SQL script over the flights that left New York in the first week of 2013.

What it leaves in the tables is compared with what pandas makes of the same flights.
"""

from __future__ import annotations

import pandas as pd
import pytest
from nyc_flights import FLIGHTS

WEEK = FLIGHTS[(FLIGHTS.month == 1) & (FLIGHTS.day <= 7)]
COLUMNS = ["carrier", "number", "departs", "tailnum", "dest", "delay", "air_time"]

SOURCE = """
CREATE TEMPORARY TABLE {name} (
  carrier STRING, number INT, departs TIMESTAMP(0), tailnum STRING, dest STRING, delay INT,
  air_time INT, PRIMARY KEY (carrier, number, departs) NOT ENFORCED
) WITH (
  'connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv', 'csv.null-literal' = ''
)
"""

SCRIPT = [
    # Inserts: an item a flight.
    """
    INSERT INTO flights
    SELECT carrier || CAST(number AS STRING), departs, carrier, tailnum, dest, delay, air_time
    FROM departures
    """,
    # Updates: each flight changes the counts of its carrier.
    """
    INSERT INTO carriers
    SELECT carrier, COUNT(*), COUNT(delay), SUM(delay), MAX(delay), COUNT(DISTINCT dest)
    FROM departures GROUP BY carrier
    """,
    # Updates: the last flight of an aircraft.
    """
    INSERT INTO aircraft
    SELECT tailnum, carrier, number, departs FROM (
      SELECT *, ROW_NUMBER() OVER (
        PARTITION BY tailnum ORDER BY departs DESC, carrier DESC, number DESC) AS place
      FROM departures WHERE tailnum IS NOT NULL
    ) WHERE place = 1
    """,
    # Deletes: a flight is there until it is known to have been cancelled.
    """
    INSERT INTO flown
    SELECT carrier || CAST(number AS STRING), departs, carrier, number FROM departures
    WHERE NOT EXISTS (
      SELECT 1 FROM cancellations AS c WHERE c.carrier = departures.carrier
      AND c.number = departures.number AND c.departs = departures.departs
    )
    """,
]


@pytest.fixture(scope="module")
def departures():
    """The week as pandas has it."""
    minutes = pd.to_timedelta(WEEK.sched_dep_time % 100, unit="min")
    hours = pd.to_timedelta(WEEK.sched_dep_time // 100, unit="h")
    flights = pd.DataFrame(
        {
            "carrier": WEEK.carrier,
            "number": WEEK.flight,
            "departs": pd.to_datetime(WEEK[["year", "month", "day"]]) + hours + minutes,
            "tailnum": WEEK.tailnum,
            "dest": WEEK.dest,
            "delay": WEEK.dep_delay.astype("Int64"),
            "air_time": WEEK.air_time.astype("Int64"),
        }
    )
    assert not flights.duplicated(["carrier", "number", "departs"]).any()
    return flights


@pytest.fixture
def tables(sql, new_table, departures, tmp_path):
    """The tables of the script, and the names of those of DynamoDB."""
    made = sql()
    cancelled = departures[departures.delay.isna()]
    for name, rows in (("departures", departures), ("cancellations", cancelled)):
        path = tmp_path / f"{name}.csv"
        rows.to_csv(path, index=False, header=False, columns=COLUMNS)
        made.t_env.execute_sql(SOURCE.format(name=name, path=path.as_uri()))
    names = {
        "flights": new_table("id", "departs"),
        "carriers": new_table("carrier"),
        "aircraft": new_table("tailnum"),
        "flown": new_table("id", "departs"),
    }
    key = {"id": "STRING", "departs": "TIMESTAMP(0)"}
    made.declare(
        "flights",
        names["flights"],
        {
            **key,
            "carrier": "STRING",
            "tailnum": "STRING",
            "dest": "STRING",
            "delay": "INT",
            "air_time": "INT",
        },
        ["departs", "id"],
        sink__ignore_nulls=True,
    )
    made.declare(
        "carriers",
        names["carriers"],
        {
            "carrier": "STRING",
            "flights": "BIGINT",
            "flown": "BIGINT",
            "delay": "INT",
            "longest": "INT",
            "places": "BIGINT",
        },
        ["carrier"],
    )
    made.declare(
        "aircraft",
        names["aircraft"],
        {"tailnum": "STRING", "carrier": "STRING", "number": "INT", "departs": "TIMESTAMP(0)"},
        ["tailnum"],
    )
    made.declare(
        "flown",
        names["flown"],
        {**key, "carrier": "STRING", "number": "INT"},
        ["id", "departs"],
    )
    # The key of the table is made of those of the query, which Flink cannot know.
    made.t_env.get_config().set("table.exec.sink.require-on-conflict", "false")
    return made, names


def test_the_script_leaves_what_pandas_computes(tables, departures, items):
    """Every item of four tables."""
    made, names = tables

    made.run(*SCRIPT)

    ids = departures.carrier + departures.number.astype(str)
    times = departures.departs.dt.strftime("%Y-%m-%dT%H:%M:%S")
    departures = departures.assign(id=ids, at=times)
    assert by_key(items(names["flights"]), "id", "departs") == {
        (flight.id, flight.at): {
            "carrier": flight.carrier,
            **{
                name: getattr(flight, name)
                for name in ("tailnum", "dest", "delay", "air_time")
                if not pd.isna(getattr(flight, name))
            },
        }
        for flight in departures.itertuples()
    }

    groups = departures.groupby("carrier")
    assert by_key(items(names["carriers"]), "carrier") == {
        (carrier,): {
            "flights": len(group),
            "flown": group.delay.count(),
            "delay": group.delay.sum(),
            "longest": group.delay.max(),
            "places": group.dest.nunique(),
        }
        for carrier, group in groups
    }

    last = departures.dropna(subset=["tailnum"]).sort_values(["departs", "carrier", "number"])
    last = last.groupby("tailnum").tail(1)
    assert by_key(items(names["aircraft"]), "tailnum") == {
        (flight.tailnum,): {
            "carrier": flight.carrier,
            "number": flight.number,
            "departs": flight.at,
        }
        for flight in last.itertuples()
    }

    flown = departures[departures.delay.notna()]
    assert len(flown) < len(departures)
    assert by_key(items(names["flown"]), "id", "departs") == {
        (flight.id, flight.at): {"carrier": flight.carrier, "number": flight.number}
        for flight in flown.itertuples()
    }


def by_key(items, *key):
    """Items by their key, which is left out of them."""
    return {
        tuple(item[name] for name in key): {
            name: value for name, value in item.items() if name not in key
        }
        for item in items
    }
