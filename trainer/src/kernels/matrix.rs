//! Matrix products on slices of float32, without temporaries.

use gemm::Parallelism;

/// A matrix in a slice, row-major.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// Makes a matrix of `rows × columns`. Panics unless the slice has as many values.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Matrix<'a> {
        assert_eq!(values.len(), rows * columns, "a matrix {rows} × {columns}");
        Matrix {
            values,
            rows,
            columns,
            transposed: false,
        }
    }

    /// The transposed matrix.
    pub(crate) fn transposed(self) -> Matrix<'a> {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            transposed: !self.transposed,
            ..self
        }
    }

    /// Distances of neighbours in a row and in a column.
    fn strides(&self) -> (isize, isize) {
        match self.transposed {
            false => (1, self.columns as isize),
            true => (self.rows as isize, 1),
        }
    }
}

/// `out += a · b`, with `out` row-major. Panics when the shapes do not agree.
#[expect(unsafe_code)]
pub(crate) fn multiply_add(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>) {
    assert_eq!(a.columns, b.rows, "inner dimensions");
    assert_eq!(out.len(), a.rows * b.columns, "the product's size");
    let ((a_columns, a_rows), (b_columns, b_rows)) = (a.strides(), b.strides());
    // SAFETY: `Matrix::new` and the assertions above make every element that the strides reach lie in its slice, and
    // `out` is borrowed exclusively.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            b.columns as isize,
            true,
            a.values.as_ptr(),
            a_columns,
            a_rows,
            b.values.as_ptr(),
            b_columns,
            b_rows,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_all_orientations() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let b = [1.0, -1.0, 0.5, 2.0, 0.0, 3.0];
        let mut out = [10.0; 4];
        multiply_add(&mut out, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2));
        assert_eq!(out, [12.0, 22.0, 16.5, 34.0]);
        let mut out = [0.0; 9];
        let (left, right) = (Matrix::new(&a, 2, 3), Matrix::new(&b, 2, 3));
        multiply_add(&mut out, left.transposed(), right);
        assert_eq!(out, [9.0, -1.0, 12.5, 12.0, -2.0, 16.0, 15.0, -3.0, 19.5]);
        let mut out = [0.0; 4];
        multiply_add(&mut out, left, right.transposed());
        assert_eq!(out, [0.5, 11.0, 2.0, 26.0]);
    }
}
