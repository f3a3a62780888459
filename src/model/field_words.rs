//! The text form of a record's fields, as undo steps, conflicts and JSON write it.

/// The text names no field.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown field")]
pub struct UnknownField;

/// Implements `Display` and `FromStr` from one table: first the fields with a fixed word, then those that carry a name
/// and are written `prefix:name`. A field that is missing from the table does not compile.
///
/// The words are part of the vault's format: a released one must never change. The order of the table is the order of
/// `FIXED`, which [`Record::fields`](crate::model::record::Record::fields) starts with.
macro_rules! field_words {
    (
        $field:ident:
        $($fixed:ident => $word:literal),+;
        $($named:ident($name:ident) => $prefix:literal),+ $(,)?
    ) => {
        impl $field {
            const FIXED: &'static [Self] = &[$(Self::$fixed),+];

            /// One of each, so that a test can visit them all.
            #[cfg(test)]
            fn samples(name: &str) -> Vec<Self> {
                Self::FIXED.iter().cloned().chain([$(Self::$named(name.to_owned())),+]).collect()
            }
        }

        impl std::fmt::Display for $field {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$fixed => f.write_str($word),)+
                    $(Self::$named($name) => write!(f, concat!($prefix, ":{}"), $name),)+
                }
            }
        }

        impl std::str::FromStr for $field {
            type Err = $crate::model::field_words::UnknownField;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.split_once(':') {
                    $(Some(($prefix, $name)) => Ok(Self::$named($name.to_owned())),)+
                    Some(_) => Err($crate::model::field_words::UnknownField),
                    None => match text {
                        $($word => Ok(Self::$fixed),)+
                        _ => Err($crate::model::field_words::UnknownField),
                    },
                }
            }
        }
    };
}

pub(crate) use field_words;

#[cfg(test)]
pub(crate) mod tests {
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use super::UnknownField;

    /// Checks that fields have the words that existing vault files contain.
    pub(crate) fn assert_stored_words<F>(fields: &[F], stored: &[&str])
    where
        F: Debug + Display + FromStr<Err = UnknownField> + PartialEq,
    {
        let words: Vec<String> = fields.iter().map(F::to_string).collect();
        assert_eq!(words, stored);
        for (field, word) in fields.iter().zip(&words) {
            assert_eq!(word.parse::<F>().as_ref(), Ok(field));
        }
        for unknown in ["", "tokens", "tokens:a", "name:a", "Name", " name"] {
            assert_eq!(unknown.parse::<F>(), Err(UnknownField), "{unknown:?}");
        }
    }
}
