"""The peers of the measurements: answers questions about one instance, one JSON line each.

usage: python3 -c SCRIPT PEER FILE THREADS     (what `measure_trace` runs)

duck_join    DuckDB, the SQL join that one writes first
polars_asof  Polars, running maximum of the carriers' ends and two as-of joins: no pair is enumerated
tglib        earliest arrival over instants from one case, without a limit of tiers

All of them trace in rounds (but tglib) and keep a person's earliest time, as our definition says; a case
keeps its own window. Only numpy columns are loaded: nobody decodes a file format while time is measured.
"""
import json
import resource
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("no numpy here")

NEVER = 1 << 40


def columns(path):
    head = np.fromfile(path, "<u8", 4)
    n = int(head[1])
    with open(path, "rb") as file:
        file.seek(32)
        return [np.fromfile(file, kind, n) for kind in ("<u4", "<u4", "<i8", "<i8")]


def cases(path):
    rows = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.int64, ndmin=2)
    return rows[:, 0].astype(np.uint32), rows[:, 1], rows[:, 2]


def digest(person, tier, earliest):
    p, r, t = (x.astype(np.uint64) for x in (person, tier, earliest))
    with np.errstate(over="ignore"):
        h = (p + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        h ^= (t + np.uint64(1)) * np.uint64(0xC2B2AE3D27D4EB4F)
        h += r * np.uint64(0x165667B19E3779F9)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(32)
        return "%016x" % int(h.sum(dtype=np.uint64))


class DuckJoin:
    def __init__(self, path, threads):
        import duckdb

        self.version = "duckdb " + duckdb.__version__
        self.db = duckdb.connect()
        self.db.execute(f"SET threads={threads}; SET preserve_insertion_order=false; SET enable_progress_bar=false")
        person, place, s, e = columns(path)
        rows = {"person": person, "place": place, "s": s, "e": e}
        self.db.execute("CREATE TABLE visits AS SELECT * FROM rows ORDER BY place, s")

    def trace(self, q):
        run, m = self.db.execute, q["min_overlap"]
        person, start, until = cases(q["file"])
        first = {"person": person, "t": start, "until": until}
        run("CREATE OR REPLACE TEMP TABLE known AS SELECT person, 0::UTINYINT AS tier, t, until FROM first")
        run("CREATE OR REPLACE TEMP TABLE moved AS SELECT person, t, until FROM known")
        for tier in range(1, q["tiers"] + 1):
            run(f"""CREATE OR REPLACE TEMP TABLE open AS
                SELECT v.place, v.person, greatest(v.s, c.t) AS a, least(v.e, c.until) AS b
                FROM moved c JOIN visits v USING (person)
                WHERE least(v.e, c.until) - greatest(v.s, c.t) >= {m}""")
            run(f"""CREATE OR REPLACE TEMP TABLE better AS
                SELECT o.person, coalesce(k.tier, {tier})::UTINYINT AS tier, o.t, coalesce(k.until, {NEVER}) AS until
                FROM (SELECT w.person, min(greatest(w.s, f.a)) AS t
                      FROM open f JOIN visits w
                        ON w.place = f.place AND w.s <= f.b - {m} AND w.e >= f.a + {m} AND w.person <> f.person
                      WHERE least(w.e, f.b) - greatest(w.s, f.a) >= {m} GROUP BY w.person) o
                LEFT JOIN known k USING (person) WHERE k.person IS NULL OR (k.tier > 0 AND o.t < k.t)""")
            run("""CREATE OR REPLACE TEMP TABLE known AS
                SELECT * FROM known ANTI JOIN better USING (person) UNION ALL SELECT * FROM better""")
            run("CREATE OR REPLACE TEMP TABLE moved AS SELECT person, t, until FROM better")
        table = run("SELECT person, tier, t FROM known").fetchnumpy()
        return table["person"], table["tier"], table["t"]


class PolarsAsof:
    def __init__(self, path, threads):
        import polars as pl

        self.pl, self.version = pl, "polars " + pl.__version__
        person, place, s, e = columns(path)
        self.visits = pl.DataFrame({"person": person, "place": place, "s": s, "e": e}).sort("s")

    def trace(self, q):
        pl, visits, m = self.pl, self.visits, q["min_overlap"]
        person, start, until = cases(q["file"])
        known = pl.DataFrame({"person": person, "tier": np.zeros(len(person), np.int8), "t": start, "until": until})
        moved = known.select("person", "t", "until")
        for tier in range(1, q["tiers"] + 1):
            opened = (
                visits.lazy()
                .join(moved.lazy(), on="person", how="inner")
                .select("place", pl.max_horizontal("s", "t").alias("a"), pl.min_horizontal("e", "until").alias("b"))
                .filter(pl.col("b") - pl.col("a") >= m)
                .collect(engine="streaming")
                .sort("a")
            )
            latest = opened.with_columns(pl.col("b").cum_max().over("place").alias("latest"))
            there = visits.join(opened.select("place").unique(), on="place", how="semi").filter(
                pl.col("e") - pl.col("s") >= m
            )
            asof = {"by": "place", "check_sortedness": False, "coalesce": False}
            at_start = there.join_asof(
                latest.select("place", "a", "latest"), left_on="s", right_on="a", strategy="backward", **asof
            )
            covered = pl.col("latest").is_not_null() & (pl.col("latest") >= pl.col("s") + m)
            now = at_start.filter(covered).select("person", pl.col("s").alias("t"))
            waiting = at_start.filter(~covered).select("person", "place", "e", (pl.col("s") + 1).alias("s"))
            later = (
                waiting.join_asof(opened.select("place", "a"), left_on="s", right_on="a", strategy="forward", **asof)
                .filter(pl.col("a") + m <= pl.col("e"))
                .select("person", pl.col("a").alias("t"))
            )
            offers = pl.concat([now, later]).lazy().group_by("person").agg(pl.col("t").min()).collect()
            better = (
                offers.join(known, on="person", how="left", suffix="_before")
                .filter(pl.col("t_before").is_null() | ((pl.col("tier") > 0) & (pl.col("t") < pl.col("t_before"))))
                .select("person", pl.col("tier").fill_null(tier).cast(pl.Int8), "t", pl.col("until").fill_null(NEVER))
            )
            known = pl.concat([known.join(better.select("person"), on="person", how="anti"), better])
            moved = better.select("person", "t", "until")
        return tuple(known[name].to_numpy() for name in ("person", "tier", "t"))


class Tglib:
    def __init__(self, path, threads):
        import os
        import tempfile

        import tglib

        self.tglib, self.version = tglib, "tglib-python 1.0.2"
        a, b, s, _ = columns(path)
        # tglib numbers people as they appear.
        both = np.stack([a, b], axis=1).ravel()
        ids, first = np.unique(both, return_index=True)
        self.person = ids[np.argsort(first, kind="stable")]
        self.rank = np.full(int(ids.max()) + 1, -1, np.int64)
        self.rank[self.person] = np.arange(len(ids))
        with tempfile.NamedTemporaryFile("w", suffix=".tg", delete=False) as file:
            for at in range(0, len(a), 1 << 19):
                part = slice(at, at + (1 << 19))
                x, y, t = self.rank[a[part]], self.rank[b[part]], s[part]
                rows = np.stack([np.stack([x, y, t], 1), np.stack([y, x, t], 1)], 1).reshape(-1, 3)
                file.write("".join("%d %d %d 1\n" % tuple(row) for row in rows.tolist()))
        self.edges = tglib.load_ordered_edge_list(file.name, True)
        os.unlink(file.name)

    def trace(self, q):
        case = int(cases(q["file"])[0][0])
        found = self.tglib.earliest_arrival_times(self.edges, int(self.rank[case]), (0, NEVER))
        self.found, self.case = found, case
        return None

    def answer(self):
        """An arrival is one unit after the instant; the case itself keeps its own time."""
        times = np.array(list(self.found), np.float64)
        reached = times < 1e17
        person, t = self.person[reached], times[reached].astype(np.int64) - 1
        t[person == self.case] = 0
        return person, (person != self.case).astype(np.int8), t


def main():
    kind = {"duck_join": DuckJoin, "polars_asof": PolarsAsof, "tglib": Tglib}[sys.argv[1]]
    start = time.perf_counter()
    try:
        peer = kind(sys.argv[2], int(sys.argv[3]))
    except ImportError:
        sys.exit("not installed here")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    say({"version": peer.version, "seconds": time.perf_counter() - start, "peak_bytes": peak})
    for line in sys.stdin:
        question = json.loads(line)
        wall, cpu = time.perf_counter(), time.process_time()
        table = peer.trace(question)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        person, tier, t = table or peer.answer()
        say({"wall": wall, "cpu": cpu, "people": np.bincount(tier).tolist(), "digest": digest(person, tier, t)})


def say(line):
    print(json.dumps(line), flush=True)


main()
