"""Tests that need pyspark and Java are collected only where pyspark is installed: ``make spark-test`` sees to it."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("pyspark") else ["test_spark.py"]
