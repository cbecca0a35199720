"""The tables that a tracker keeps in PostgreSQL or MySQL, copied into an SQLite file of the same layout.

All of one moment, in a transaction that only reads: neither Optuna nor MLflow is asked, which would bring the tables of
an older version up to date first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from selectmodel import progress
from selectmodel.errors import LogError, UsageError, first_line

#: Tables that a reader looks into; those that are not there are left to it.
_TABLES = {
    "mlflow": ("experiments", "runs", "metrics", "params"),
    "optuna": (
        "studies", "study_directions", "study_system_attributes", "trials", "trial_params", "trial_values",
        "trial_intermediate_values",
    ),
}  # fmt: skip
_NEEDED = {"mlflow": "runs", "optuna": "trials"}
#: Rows that are fetched at a time, which bounds the memory that is needed.
_ROWS = 5_000
_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}


def copied(url: str, shown: str, tracker: str, place: Path) -> None:
    """Makes the file at ``place``. ``shown`` is the address without its password.

    Raises UsageError where a package is missing, LogError where the database cannot be read or is no such tracker's.
    """
    try:
        import sqlalchemy as sa
    except ImportError:
        raise UsageError(f"{shown}: needs SQLAlchemy; to install it: pip install 'selectmodel[trackers]'") from None
    try:
        whole = sa.make_url(url)
        engine = sa.create_engine(whole.set(drivername=_DRIVERS.get(whole.drivername, whole.drivername)))
    except ImportError as failure:
        package = f"{failure.name or failure}"
        raise UsageError(f"{shown}: needs {package}; to install it: pip install 'selectmodel[trackers]'") from None
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ValueError) as failure:
        raise UsageError(f"{shown}: no database is reached this way ({first_line(failure)})") from None
    try:
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with engine.connect() as connection, closing(sqlite3.connect(place)) as file:
            there = set(sa.inspect(connection).get_table_names())
            if _NEEDED[tracker] not in there:
                raise LogError(f"{shown}: holds no table {_NEEDED[tracker]!r}, so it is no database of {tracker}")
            names = [name for name in _TABLES[tracker] if name in there]
            for done, name in enumerate(names, start=1):
                _table(connection, file, sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False))
                progress.tell("tables copied", done, len(names))
            file.commit()
    except sa.exc.SQLAlchemyError as failure:
        raise LogError(f"{shown}: cannot be read ({first_line(getattr(failure, 'orig', None) or failure)})") from None
    finally:
        engine.dispose()


def _table(connection: Any, file: sqlite3.Connection, table: Any) -> None:
    import sqlalchemy as sa

    columns = [_quoted(column.name) for column in table.columns]
    name = _quoted(table.name)
    file.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
    into = f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})"
    query = sa.select(table).order_by(*table.primary_key.columns)
    for rows in connection.execution_options(yield_per=_ROWS).execute(query).partitions():
        file.executemany(into, [_plain(row) for row in rows])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _plain(row: Sequence[Any]) -> list[Any]:
    """What SQLite holds; of a date or a decimal its text."""
    plain = (int, float, str, bytes, type(None))
    return [value if isinstance(value, plain) else str(getattr(value, "value", value)) for value in row]
