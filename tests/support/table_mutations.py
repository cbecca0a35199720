"""What may happen to a table: written otherwise, which must change nothing, or damaged, which must be said."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from trainings import Table

Mutation = Callable[[Table, random.Random], Table]
Row = tuple[str, ...]


def _cell(table: Table, rng: random.Random, columns: Sequence[int], text: str) -> Table:
    """The table with another text in one of its cells that are not empty."""
    rows = [(i, row) for i, row in enumerate(table.rows) if row != table.header]
    filled = [(i, j) for i, row in rows for j in columns if j < len(row) and row[j]]
    if not filled:
        return table
    at, column = rng.choice(filled)
    row = list(table.rows[at])
    row[column] = text if "{}" not in text else text.format(row[column].strip())
    return _with_row(table, at, tuple(row))


def _with_row(table: Table, at: int, *rows: Row) -> Table:
    return replace(table, rows=(*table.rows[:at], *rows, *table.rows[at + 1 :]))


def _with_column(table: Table, name: str, text: str) -> Table:
    """The table with one column more, which holds the same in all rows."""
    rows = tuple((*row, name if row == table.header else text) if row else row for row in table.rows)
    return replace(table, header=(*table.header, name), rows=rows)


def _axes(table: Table) -> list[int]:
    return [at for at, name in enumerate(table.header) if name in ("epoch", "step")]


def _metrics(table: Table) -> list[int]:
    return [at for at in range(len(table.header)) if at not in _axes(table)]


def columns_in_another_order(table: Table, rng: random.Random) -> Table:
    order = rng.sample(range(len(table.header)), len(table.header))

    def moved(row: Row) -> Row:
        return tuple(row[at] for at in order) if len(row) == len(order) else row

    return replace(table, header=moved(table.header), rows=tuple(map(moved, table.rows)))


def other_line_ends(table: Table, rng: random.Random) -> Table:
    return replace(table, ends=(table.ends[0], "\r\n"))


def another_delimiter(table: Table, rng: random.Random) -> Table:
    return replace(table, ends=(rng.choice(";\t"), table.ends[1]))


def byte_order_mark(table: Table, rng: random.Random) -> Table:
    return replace(table, start="\ufeff")


def quoted(table: Table, rng: random.Random) -> Table:
    return replace(table, quoted=True)


def blank_lines(table: Table, rng: random.Random) -> Table:
    at = rng.randint(0, len(table.rows))
    return replace(table, rows=(*table.rows[:at], (), *table.rows[at:]))


def spaces(table: Table, rng: random.Random) -> Table:
    return _cell(table, rng, range(len(table.header)), " {} ")


def longer_numbers(table: Table, rng: random.Random) -> Table:
    return _cell(table, rng, _metrics(table), "{}000")


def a_column_of_text(table: Table, rng: random.Random) -> Table:
    return table if "comment" in table.header else _with_column(table, "comment", "fine")


def a_learning_rate(table: Table, rng: random.Random) -> Table:
    return table if "lr" in table.header else _with_column(table, "lr", "0.001")


def the_header_again(table: Table, rng: random.Random) -> Table:
    at = rng.randint(1, len(table.rows) - 1)
    return replace(table, rows=(*table.rows[:at], table.header, *table.rows[at:]))


def a_row_twice(table: Table, rng: random.Random) -> Table:
    at = rng.randrange(len(table.rows))
    return _with_row(table, at, table.rows[at], table.rows[at])


def a_cell_without_a_number(table: Table, rng: random.Random) -> Table:
    return _cell(table, rng, _metrics(table), rng.choice(["", "NA", "None", "-", "#N/A", "err", "nan", "inf", "null"]))


def an_odd_number(table: Table, rng: random.Random) -> Table:
    return _cell(table, rng, [at for at in _metrics(table) if "acc" in table.header[at]], rng.choice(["{}e9", "-{}"]))


def an_odd_epoch(table: Table, rng: random.Random) -> Table:
    return _cell(table, rng, _axes(table), rng.choice(["", "x", "-1", "1e99", "{}.5", "nan"]))


def a_row_lost(table: Table, rng: random.Random) -> Table:
    # The last rows of a log may not have been written yet, and the first not have been wanted.
    return _with_row(table, rng.randint(2, max(2, len(table.rows) - 5)))


def two_rows_swapped(table: Table, rng: random.Random) -> Table:
    rows = list(table.rows)
    at = rng.randrange(len(rows) - 1)
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    return replace(table, rows=tuple(rows))


def a_row_again_with_other_values(table: Table, rng: random.Random) -> Table:
    at = rng.randrange(len(table.rows))
    metrics = _metrics(table)
    again = [f"{float(cell) * 0.9:.4f}" if j in metrics and cell else cell for j, cell in enumerate(table.rows[at])]
    return _with_row(table, at, table.rows[at], tuple(again))


def a_row_too_short(table: Table, rng: random.Random) -> Table:
    at = rng.randrange(len(table.rows))
    return _with_row(table, at, table.rows[at][:-1])


def a_row_too_long(table: Table, rng: random.Random) -> Table:
    at = rng.randrange(len(table.rows))
    return _with_row(table, at, (*table.rows[at], "0.5"))


def a_row_shifted(table: Table, rng: random.Random) -> Table:
    at = rng.randrange(len(table.rows))
    return _with_row(table, at, table.rows[at][1:])


def cut_inside_a_line(table: Table, rng: random.Random) -> Table:
    whole = table.written()[table.name]
    ends = {at for at in range(len(whole) + 1) if whole[:at].endswith(b"\n")}
    first = len(",".join(table.header)) + 20
    return replace(
        table, cut=rng.choice([at for at in range(min(first, len(whole) - 1), len(whole)) if at not in ends])
    )


def a_second_training(table: Table, rng: random.Random) -> Table:
    metrics = _metrics(table)

    def other(row: Row) -> Row:
        return tuple(f"{float(cell) * 0.95:.4f}" if j in metrics and cell else cell for j, cell in enumerate(row))

    return replace(table, rows=(*table.rows, *map(other, table.rows)))


def any_cells(table: Table, rng: random.Random) -> Table:
    """Cells of odd text, as often as not in the header."""
    odd = ["", "\0", '"', "é", "\n", "1;2", "1,5", "[1, 2]", "tensor(0.5)", "=1+1", "1e400", "0x10", "٣", " ", "epoch"]
    if rng.random() < 0.3:
        header = list(table.header)
        header[rng.randrange(len(header))] = rng.choice(odd)
        return replace(table, header=tuple(header))
    return _cell(table, rng, range(len(table.header)), rng.choice(odd))


def any_number(table: Table, rng: random.Random) -> Table:
    numbers = ["5e-324", "1e-300", "1.7e308", "-1.7e308", "0", "-0.0", "1.0000001", "100.00001", "9" * 30, "1e-45"]
    return _cell(table, rng, range(len(table.header)), rng.choice(numbers))


def percent_from_a_row_on(table: Table, rng: random.Random) -> Table:
    columns = [at for at in _metrics(table) if "acc" in table.header[at]]
    first = rng.randint(4, len(table.rows) - 1)  # a lone first value may be from before the training

    def hundredfold(at: int, row: Row) -> Row:
        late = at >= first
        return tuple(
            f"{100 * float(cell):.2f}" if late and j in columns and cell else cell for j, cell in enumerate(row)
        )

    return replace(table, rows=tuple(hundredfold(at, row) for at, row in enumerate(table.rows)))


#: May say anything: only that it is read without a fault is asked.
ANY: tuple[Mutation, ...] = (any_cells, any_number)
#: A cut is told by a byte of what is written, so it comes last.
LAST: tuple[Mutation, ...] = (cut_inside_a_line,)
#: Must change nothing.
HARMLESS: tuple[Mutation, ...] = (
    columns_in_another_order,
    other_line_ends,
    another_delimiter,
    byte_order_mark,
    quoted,
    blank_lines,
    spaces,
    longer_numbers,
    a_column_of_text,
    a_learning_rate,
    the_header_again,
    a_row_twice,
)
#: May change the answer, and then a note says so; or there is none.
DAMAGE: tuple[Mutation, ...] = (
    a_cell_without_a_number,
    an_odd_number,
    an_odd_epoch,
    a_row_lost,
    two_rows_swapped,
    a_row_again_with_other_values,
    a_row_too_short,
    a_row_too_long,
    a_row_shifted,
    a_second_training,
    percent_from_a_row_on,
)
