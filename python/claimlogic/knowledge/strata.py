"""What rests on what among predicates: which rest on each other, and in which order they can be concluded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush


def strata(reads: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The predicates, each group after those that it reads; predicates that rest on each other are one group, sorted.

    Of the groups that could come next the one whose first name is first does. What is read and is no key of ``reads``
    is given.
    """
    component = components(reads)
    groups: dict[int, list[str]] = {}
    for predicate in sorted(reads):
        groups.setdefault(component[predicate], []).append(predicate)
    waits = {
        group: {component[r] for p in own for r in reads[p] if r in reads} - {group} for group, own in groups.items()
    }
    before: dict[int, list[int]] = {group: [] for group in groups}
    for group, awaited in waits.items():
        for other in awaited:
            before[other].append(group)
    ready = [(groups[group], group) for group, awaited in waits.items() if not awaited]
    heapify(ready)
    ordered = []
    while ready:
        own, group = heappop(ready)
        ordered.append(own)
        for later in before[group]:
            waits[later].discard(group)
            if not waits[later]:
                heappush(ready, (groups[later], later))
    return ordered


def components(graph: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """The strongly connected component of each node (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    component: dict[str, int] = {}
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(sorted(graph.get(root, ()))))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, children = work[-1]
            child = next(children, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component[member] = index[node]
                        if member == node:
                            break
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                on_stack.add(child)
                work.append((child, iter(sorted(graph.get(child, ())))))
            elif child in on_stack:
                low[node] = min(low[node], index[child])
    return component
