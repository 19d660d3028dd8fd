"""A plain SQL table asked the same as a round, in DuckDB or SQLite: one JSON line for each question."""

import json
import sys
import time

name, folder, community = sys.argv[1:]
TIERS = ["city", "town", "community", "compound", "building"]
TARGETS = "person INTEGER PRIMARY KEY, household INTEGER, door INTEGER, " + ", ".join(
    f"{tier} INTEGER" for tier in TIERS
)
VISITS = "event INTEGER PRIMARY KEY, person INTEGER, moment INTEGER, responder INTEGER, outcome INTEGER"

if name == "duckdb":
    import duckdb

    base = duckdb.connect()
    base.execute("SET threads = 1")
    version = duckdb.__version__
    TARGETS, VISITS = (text.replace("INTEGER", "BIGINT") for text in (TARGETS, VISITS))

    def load(table, columns):
        base.execute(f"CREATE TABLE {table} ({columns})")
        base.execute(f"INSERT INTO {table} SELECT * FROM read_csv('{folder}/{table}.csv')")

else:
    import csv
    import sqlite3

    base = sqlite3.connect(":memory:")
    version = sqlite3.sqlite_version

    def load(table, columns):
        base.execute(f"CREATE TABLE {table} ({columns})")
        with open(f"{folder}/{table}.csv", newline="") as file:
            rows = csv.reader(file)
            marks = ", ".join("?" for _ in next(rows))
            base.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        base.commit()


# What is on the list is known before the round opens, and the visits are in memory before they are recorded.
load("targets", TARGETS)
load("sent", VISITS.replace(" PRIMARY KEY", ""))
base.execute("CREATE INDEX in_community ON targets (community)")
base.execute(f"CREATE TABLE visits ({VISITS})")


def answer(question, seconds, found):
    print(json.dumps({"question": question, "version": version, "seconds": seconds, "found": found}))


def timed(call):
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found


def record():
    # An event that is there already changes nothing.
    conflict = "OR IGNORE " if name == "sqlite" else ""
    tail = "" if name == "sqlite" else " ON CONFLICT DO NOTHING"
    base.execute(f"INSERT {conflict}INTO visits SELECT * FROM sent{tail}")
    base.commit()


seconds, _ = timed(record)
answer("record", seconds, [base.execute("SELECT count(*) FROM visits").fetchone()[0]])
base.execute("CREATE INDEX of_person ON visits (person)")

DONE = "SELECT DISTINCT person FROM visits WHERE outcome = 0"
EACH = f"""SELECT {", ".join(TIERS)}, count(*) AS targets, count(done.person) AS reached
    FROM targets LEFT JOIN ({DONE}) AS done USING (person) GROUP BY {", ".join(TIERS)}"""


def coverage():
    """Targets and reached of every unit: counted by building, and those summed up."""
    base.execute(f"CREATE TEMP TABLE counted AS {EACH}")
    rows = []
    for tier in TIERS:
        rows += base.execute(
            f"SELECT {tier}, sum(targets), sum(reached) FROM counted GROUP BY {tier}"
        ).fetchall()
    base.execute("DROP TABLE counted")
    return rows


seconds, rows = min(timed(coverage) for _ in range(3))
answer(
    "coverage",
    seconds,
    [len(rows), sum(r for _, _, r in rows), sum(int(u) * int(r) for u, _, r in rows)],
)

GAPS = f"""SELECT person, count(visits.event), max(outcome)
    FROM targets LEFT JOIN visits USING (person)
    WHERE community = {community} GROUP BY person, building, household, door
    HAVING coalesce(min(outcome), 1) > 0 ORDER BY building, door, household, person"""


def gaps():
    return base.execute(GAPS).fetchall()


seconds, rows = min(timed(gaps) for _ in range(3))
answer("gaps", seconds, [len(rows), sum((at + 1) * row[0] for at, row in enumerate(rows))])
