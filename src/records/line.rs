//! Converts a record to one line of JSON: unchanged, or with the fields that the user chose.

use serde_json::value::RawValue;

use crate::model::integration::Field;
use crate::raw_json::{at, compact, text_of};

/// Longest id, in bytes.
const MAX_ID: usize = 1_024;

/// A record that can be written.
#[derive(Debug, Eq, PartialEq)]
pub struct RecordLine {
    /// The value of the key field, unique among the records.
    pub id: String,
    /// The line, without its line break.
    pub line: Vec<u8>,
}

/// Builds the line of a record, and sets in `present` which of the fields the record has.
///
/// # Errors
/// Why the record cannot be written, as a sentence for the user.
pub fn line(record: &RawValue, key: &str, fields: &[Field], present: &mut [bool]) -> Result<RecordLine, String> {
    if !record.get().starts_with('{') {
        return Err("It is not a JSON object.".to_owned());
    }
    let id = at(record, key).and_then(text_of).filter(|id| !id.trim().is_empty() && id != "null");
    let id = id.ok_or_else(|| format!("It has no {key}."))?;
    if id.len() > MAX_ID {
        return Err(format!("Its {key} is longer than {MAX_ID} bytes."));
    }
    let mut line = Vec::with_capacity(record.get().len());
    if fields.is_empty() {
        compact(record, &mut line);
        return Ok(RecordLine { id, line });
    }
    line.push(b'{');
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            line.push(b',');
        }
        // A string can always be written as JSON.
        line.extend(serde_json::to_vec(&field.name).unwrap_or_default());
        line.push(b':');
        match at(record, &field.path) {
            Some(value) => {
                compact(value, &mut line);
                if let Some(present) = present.get_mut(place) {
                    *present = true;
                }
            }
            None => line.extend(b"null"),
        }
    }
    line.push(b'}');
    Ok(RecordLine { id, line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::integration::parse_fields;

    fn lined(json: &str, fields: &str) -> Result<(String, String, Vec<bool>), String> {
        let fields = parse_fields(fields).unwrap();
        let mut present = vec![false; fields.len()];
        let record = RawValue::from_string(json.to_owned()).unwrap();
        let lined = line(&record, "id", &fields, &mut present)?;
        Ok((lined.id, String::from_utf8(lined.line).unwrap(), present))
    }

    #[test]
    fn a_record_stays_as_it_came_on_one_line() {
        let (id, text, _) = lined("{ \"id\": 52549000000197007,\n \"a\": \"x\\ny\" }", "").unwrap();
        assert_eq!((id.as_str(), text.as_str()), ("52549000000197007", r#"{"id":52549000000197007,"a":"x\ny"}"#));
    }

    #[test]
    fn fields_are_chosen_and_renamed_and_missing_ones_are_null() {
        let (id, text, present) =
            lined(r#"{"id":"1","user":{"mail":"a@b"},"x.y":2}"#, "user.mail=mail,x.y,none").unwrap();
        assert_eq!((id.as_str(), text.as_str()), ("1", r#"{"mail":"a@b","x.y":2,"none":null}"#));
        assert_eq!(present, [true, true, false]);
    }

    #[test]
    fn what_has_no_id_is_no_record() {
        for (json, why) in [
            ("{}", "It has no id."),
            (r#"{"id":null}"#, "It has no id."),
            (r#"{"id":" "}"#, "It has no id."),
            (r#"{"id":{}}"#, "It has no id."),
            ("[1]", "It is not a JSON object."),
            ("7", "It is not a JSON object."),
        ] {
            assert_eq!(lined(json, "").unwrap_err(), why, "{json}");
        }
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(1_025));
        assert_eq!(lined(&long, "").unwrap_err(), "Its id is longer than 1024 bytes.");
    }
}
