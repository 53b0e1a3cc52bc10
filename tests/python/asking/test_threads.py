"""Questions are asked from any thread, at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from claimlogic.asking.ask import Asker

CALLS = [
    ("parents", "77002"),
    ("parents", "77003"),
    ("together", "62323"),
    ("disagreements", "77002"),
    ("modifiers_never", "62323", "77003"),
    ("twins", "62322"),
]


def test_answers_in_threads_are_those_of_the_main_thread(asker: Asker) -> None:
    alone = [asker.ask(*call, on="2024-08-15") for call in CALLS]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            together = list(pool.map(lambda call: asker.ask(*call, on="2024-08-15"), CALLS))
            assert together == alone
