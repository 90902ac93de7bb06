"""A database of its own, without a name, for what one file must remember: as much as there may be, in little memory."""

import sqlite3


def opened(table: str) -> sqlite3.Connection:
    """It has this one table, goes when it is closed, and touches no disk while there is little in it."""
    scratch = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for statement in (
        *("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-8000"),
        *(f"CREATE TABLE {table}", "BEGIN"),
    ):
        scratch.execute(statement)
    return scratch
