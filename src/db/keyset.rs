//! One page of an ordered list, by two-step keyset: first the rest of the rows that share the cursor's value, then what follows it. Each step is one
//! short range of an index, whatever page it is (DESIGN.md, "Lists", has the measurements and the traps).

/// Gives up to `$limit` rows of `$base` in the order of `$column` and id, beginning behind `$from` (`Option<(value, id)>`).
///
/// `$base` is an expression that makes the narrowed, boxed query anew each time it is evaluated.
#[macro_export]
macro_rules! keyset {
    ($conn:expr, $base:expr, $column:expr, $id:expr, $from:expr, $descending:expr, $limit:expr) => {{
        let limit: i64 = $limit;
        match ($from, $descending) {
            (None, false) => $base.order(($column.asc(), $id.asc())).limit(limit).load($conn)?,
            (None, true) => $base.order(($column.desc(), $id.desc())).limit(limit).load($conn)?,
            (Some((value, id)), false) => {
                let mut rows: Vec<_> = $base
                    .filter($column.eq(value.clone()))
                    .filter($id.gt(id))
                    .order($id.asc())
                    .limit(limit)
                    .load($conn)?;
                let rest = limit - i64::try_from(rows.len()).unwrap_or(limit);
                if rest > 0 {
                    // Not `extend`, which leaves open whether rows or references come.
                    rows.append(
                        &mut $base
                            .filter($column.gt(value))
                            .order(($column.asc(), $id.asc()))
                            .limit(rest)
                            .load($conn)?,
                    );
                }
                rows
            }
            (Some((value, id)), true) => {
                let mut rows: Vec<_> = $base
                    .filter($column.eq(value.clone()))
                    .filter($id.lt(id))
                    .order($id.desc())
                    .limit(limit)
                    .load($conn)?;
                let rest = limit - i64::try_from(rows.len()).unwrap_or(limit);
                if rest > 0 {
                    rows.append(
                        &mut $base
                            .filter($column.lt(value))
                            .order(($column.desc(), $id.desc()))
                            .limit(rest)
                            .load($conn)?,
                    );
                }
                rows
            }
        }
    }};
}

/// Gives the page of `$limit` rows at `$place` of a list that is in order of `$id` alone, the highest first.
///
/// `$query` is the narrowed, boxed query.
#[macro_export]
macro_rules! newest_first {
    ($conn:expr, $query:expr, $id:expr, $place:expr, $limit:expr) => {{
        let (course, limit): (_, i64) = ($place.course(|_| None), $limit);
        let query = match (course.from.as_ref().map(|cursor| cursor.1), course.backwards) {
            (None, _) => $query,
            (Some(id), false) => $query.filter($id.lt(id)),
            (Some(id), true) => $query.filter($id.gt(id)),
        };
        let query = if course.backwards { query.order($id.asc()) } else { query.order($id.desc()) };
        course.page(query.limit(limit + 1).load($conn)?, limit)
    }};
}
