//! Numbers of the Terraform language: [`Number`].

/// A number.
#[derive(Clone, PartialEq, Debug)]
pub struct Number {
    small: i64,
}

impl From<i64> for Number {
    fn from(small: i64) -> Self {
        Self { small }
    }
}

impl Number {
    /// The number as an `i64`, if it is whole and fits.
    pub const fn to_i64(&self) -> Option<i64> {
        Some(self.small)
    }
}
