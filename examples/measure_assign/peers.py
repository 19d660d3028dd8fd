"""The peers of the measurements: solves an instance of the assignment harness, prints one JSON line.

usage: python3 -c SCRIPT PEER FILE.bin CALLS     (what `measure_assign` runs)

ortools_mcf     OR-Tools SimpleMinCostFlow (cost scaling)
pot_emd         POT ot.emd, dense (network simplex)
pot_emd_sparse  the same over the eligible pairs alone
scipy_lsa       scipy linear_sum_assignment, a column for each place
lapx_lapjv      lapx lapjv, the same, square

Only the solver call is timed, the mean of so many. A unit without a post weighs U, one below a minimum P by
level; the value of the answer is recomputed from its flow.
"""
import json
import resource
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("no numpy here")


class Instance:
    def __init__(self, path):
        with open(path, "rb") as f:
            read = lambda kind, count: np.fromfile(f, kind, count).astype(np.int64)
            _, n, m, nnz, self.U, levels, _, _ = read("<i8", 8)
            weights = read("<i8", levels)
            self.supply, self.min, self.max, level = (read("<i4", k) for k in (n, m, m, m))
            self.ptr, self.col, self.cost = read("<i8", n + 1), read("<i4", nnz), read("<i4", nnz)
        self.P, self.most = weights[level], int(weights.max())
        self.n, self.m, self.row = int(n), int(m), np.repeat(np.arange(n), np.diff(self.ptr))

    def value(self, row, col, cost, units):
        units = units.astype(np.int64)
        sent = np.bincount(row, units, self.n).astype(np.int64)
        at = np.bincount(col, units, self.m).astype(np.int64)
        assert (sent <= self.supply).all() and (at <= self.max).all(), "not feasible"
        kept = int((self.supply - sent).sum())
        short = np.maximum(0, self.min - at)
        return int((cost * units).sum()) + kept * int(self.U) + int((short * self.P).sum()), kept


def ortools_mcf(q):
    import ortools
    from ortools.graph.python import min_cost_flow

    n, m, end, posts = q.n, q.m, q.n + q.m, np.arange(q.n, q.n + q.m)
    tail = np.concatenate([q.row, np.arange(n), posts, posts]).astype(np.int32)
    head = np.concatenate([n + q.col, np.full(n + 2 * m, end)]).astype(np.int32)
    cap = np.concatenate([q.supply[q.row], q.supply, q.min, q.max - q.min])
    cost = np.concatenate([q.cost, np.full(n, q.U + q.most), q.most - q.P, np.full(m, q.most)])
    supplies = np.concatenate([q.supply, np.zeros(m, np.int64), [-q.supply.sum()]])

    def call():
        g = min_cost_flow.SimpleMinCostFlow()
        arcs = g.add_arcs_with_capacity_and_unit_cost(tail, head, cap, cost)
        g.set_nodes_supplies(np.arange(end + 1), supplies)
        status = yield g.solve
        assert status == g.OPTIMAL, status
        yield q.value(q.row, q.col, q.cost, np.asarray(g.flows(arcs))[: len(q.row)])

    return ortools.__version__, call


def plan(q):
    """Supplies and demands of a transport plan: posts twice, for the minimum and beyond, and nowhere."""
    a = np.concatenate([q.supply, [q.max.sum()]]).astype(np.float64)
    b = np.concatenate([q.min, q.max - q.min, [q.supply.sum()]]).astype(np.float64)
    return a, b


def pot_emd(q):
    import ot

    n, m = q.n, q.m
    if n * m > 20_000_000:
        sys.exit("too many cells")
    C = np.full((n + 1, 2 * m + 1), 10.0 * (q.most + q.U))
    C[q.row, q.col], C[q.row, m + q.col] = q.cost + (q.most - q.P)[q.col], q.cost + q.most
    C[:n, 2 * m], C[n, :] = q.U + q.most, q.most
    a, b = plan(q)

    def call():
        G = yield lambda: ot.lp.emd(a, b, C, numItermax=2**31 - 1)
        yield q.value(q.row, q.col, q.cost, np.rint(G[q.row, q.col] + G[q.row, m + q.col]))

    return ot.__version__, call


def pot_emd_sparse(q):
    import ot
    from scipy.sparse import coo_array

    n, m = q.n, q.m
    if len(q.row) > 3_000_000:
        sys.exit("too many pairs")
    nowhere = np.arange(2 * m + 1)
    r = np.concatenate([q.row, q.row, np.arange(n), np.full(2 * m + 1, n)])
    c = np.concatenate([q.col, m + q.col, np.full(n, 2 * m), nowhere])
    w = np.concatenate(
        [q.cost + (q.most - q.P)[q.col], q.cost + q.most, np.full(n, q.U + q.most), np.full(2 * m + 1, q.most)]
    )
    C = coo_array((w.astype(np.float64), (r, c)), shape=(n + 1, 2 * m + 1))
    a, b = plan(q)

    def call():
        G = yield lambda: ot.lp.emd(a, b, C, numItermax=2**31 - 1)
        G = G.tocoo()
        keep = (G.row < n) & (G.col < 2 * m)
        row, col, units = G.row[keep], G.col[keep] % m, np.rint(G.data[keep])
        at = np.searchsorted(q.row * m + q.col, row.astype(np.int64) * m + col)
        yield q.value(row, col, q.cost[at], units)

    return ot.__version__, call


def slots(q, square):
    """One column for each place; ineligible pairs cost too much."""
    if (q.supply != 1).any():
        sys.exit("not single units")
    post = np.repeat(np.arange(q.m), q.max)
    if max(q.n, len(post)) * len(post) > 4_000_000:
        sys.exit("too many cells")
    first = np.repeat(np.cumsum(q.max) - q.max, q.max)
    gain = np.where(np.arange(len(post)) - first < q.min[post], q.P[post], 0)
    dense = np.full((q.n, q.m), 10.0 * (q.most + q.U))
    dense[q.row, q.col] = q.cost
    M = np.full((len(post) if square else q.n, len(post)), float(q.most))
    if len(M) < q.n:
        sys.exit("fewer places than workers")
    M[: q.n] = dense[:, post] + (q.most - gain)[None, :]
    return M, post, dense


def from_slots(q, rows, cols, post, dense):
    keep = rows < q.n
    row, col = rows[keep], post[cols[keep]]
    return q.value(row, col, dense[row, col].astype(np.int64), np.ones(len(row)))


def scipy_lsa(q):
    import scipy
    from scipy.optimize import linear_sum_assignment

    M, post, dense = slots(q, False)
    if M.shape[0] > M.shape[1]:
        sys.exit("fewer places than workers")

    def call():
        rows, cols = yield lambda: linear_sum_assignment(M)
        yield from_slots(q, rows, cols, post, dense)

    return scipy.__version__, call


def lapx_lapjv(q):
    import lap

    M, post, dense = slots(q, True)

    def call():
        _, cols, _ = yield lambda: lap.lapjv(M)
        yield from_slots(q, np.arange(len(cols)), cols, post, dense)

    return lap.__version__, call


def main():
    name, path, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
    try:
        version, call = globals()[name](Instance(path))
    except ImportError:
        sys.exit("not installed here")
    wall = cpu = 0.0
    for _ in range(calls):
        steps = call()
        solve = next(steps)
        w, c = time.perf_counter(), time.process_time()
        answer = solve()
        wall, cpu = wall + time.perf_counter() - w, cpu + time.process_time() - c
        objective, unassigned = steps.send(answer)
    said = {"version": version, "objective": objective, "unassigned": unassigned}
    said |= {"solve_s": wall / calls, "solve_cpu_s": cpu / calls}
    print(json.dumps(said | {"rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


main()
