//! The nearest of many points in a plane, by a grid of cells.

/// Metres east and north.
pub(crate) type Point = [f64; 2];

/// Points on a grid of cells that hold two of them on average.
pub(crate) struct Nearest<'a> {
    points: &'a [Point],
    from: Point,
    cell: f64,
    columns: usize,
    rows: usize,
    /// The points of each cell, row of cells by row.
    cells: Vec<Vec<usize>>,
}

impl<'a> Nearest<'a> {
    pub(crate) fn new(points: &'a [Point]) -> Self {
        let ends = |axis: usize| {
            let along = points.iter().map(|point| point[axis]);
            along.fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)))
        };
        let ((west, east), (south, north)) = (ends(0), ends(1));
        let (width, height) = ((east - west).max(1.0), (north - south).max(1.0));
        let count = u32::try_from(points.len().max(1)).map_or(f64::MAX, f64::from);
        let cell = (2.0 * width * height / count).sqrt().max(1.0);
        let mut grid =
            Self { points, from: [west, south], cell, columns: 0, rows: 0, cells: Vec::new() };
        (grid.columns, grid.rows) = (whole(width / cell) + 1, whole(height / cell) + 1);
        grid.cells.resize(grid.columns * grid.rows, Vec::new());
        for (number, &point) in points.iter().enumerate() {
            let (column, row) = grid.place(point);
            grid.cells[row * grid.columns + column].push(number);
        }
        grid
    }

    /// The cell of a point, or the one on the edge that is nearest to it.
    fn place(&self, point: Point) -> (usize, usize) {
        let along = |axis: usize, cells: usize| {
            whole(((point[axis] - self.from[axis]) / self.cell).max(0.0)).min(cells - 1)
        };
        (along(0, self.columns), along(1, self.rows))
    }

    /// The numbers of up to `count` nearest points, nearest first, with their distances.
    pub(crate) fn of(&self, point: Point, count: usize) -> Vec<(f64, usize)> {
        let (column, row) = self.place(point);
        let mut found: Vec<(f64, usize)> = Vec::new();
        // Ring by ring. What lies beyond ring r is more than r cells away.
        for ring in 0..self.columns.max(self.rows) {
            let (first, last) = (row.saturating_sub(ring), (row + ring).min(self.rows - 1));
            for at in first..=last {
                let (west, east) =
                    (column.saturating_sub(ring), (column + ring).min(self.columns - 1));
                for across in west..=east {
                    if at.abs_diff(row).max(across.abs_diff(column)) == ring {
                        let cell = &self.cells[at * self.columns + across];
                        found.extend(cell.iter().map(|&n| (distance(point, self.points[n]), n)));
                    }
                }
            }
            let covered = f64::from(u32::try_from(ring).unwrap_or(u32::MAX)) * self.cell;
            if found.len() >= count {
                found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                if count == 0 || found[count - 1].0 <= covered {
                    break;
                }
            }
        }
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.truncate(count);
        found
    }
}

/// Metres between two points.
pub(crate) fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The whole part of a number of cells.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of cells")]
fn whole(cells: f64) -> usize {
    cells as usize
}
