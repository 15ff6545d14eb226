"""Captures outside the log: tables for pandas, polars and Arrow."""
