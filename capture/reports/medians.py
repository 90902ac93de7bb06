"""The middle of many values, found by the database."""

from sqlalchemy import Double, Select, func, select

from capture.db import session


def of(values: Select[float]) -> float | None:
    """The median of what a query of one column gives, nulls left out; the mean of two in the middle."""
    told = values.subquery()
    value = told.columns[0]
    place, count = func.row_number().over(order_by=value), func.count().over()
    ranked = (
        select(value.label("value"), place.label("place"), count.label("count")).where(value.is_not(None)).subquery()
    )
    middle = ranked.c.place.in_([(ranked.c.count + 1) // 2, (ranked.c.count + 2) // 2])
    return session().scalar(select(func.avg(ranked.c.value, type_=Double())).where(middle))
