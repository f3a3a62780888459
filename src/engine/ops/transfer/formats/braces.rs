//! Parses `key = value;` and `word "name" { … }`, with text, lists `[…]` and maps `{…}` as values, `//` and `#`
//! comments.

use serde_json::{Map, Value};

use super::text::wrong;
use crate::problem::Problem;

/// How deep maps and lists may be nested.
const DEEPEST: usize = 20;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Word(String),
    Mark(char),
}

pub(super) fn read(text: &str, named: bool) -> Result<Option<Value>, Problem> {
    let opens = |line: &str| line.starts_with("account ") && line.contains('"');
    if !named && !text.lines().any(|line| opens(line.trim())) {
        return Ok(None);
    }
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    let mut all = Map::new();
    while let Some((line, token)) = reader.next() {
        let Token::Word(word) = token else { return Err(wrong(line, "expected a name.")) };
        match reader.next() {
            Some((_, Token::Text(name))) => {
                reader.mark('{', line)?;
                let inner = reader.block(line, &word)?;
                let group = all.entry(word).or_insert_with(|| Value::Object(Map::new()));
                group.as_object_mut().map(|group| group.insert(name, inner));
            }
            Some((line, Token::Mark('='))) => {
                let value = reader.value(line, DEEPEST)?;
                all.insert(word, value);
                reader.skip(';');
            }
            _ => return Err(wrong(line, "expected = or a name in quotation marks.")),
        }
    }
    Ok(Some(Value::Object(all)))
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
}

impl Reader {
    fn next(&mut self) -> Option<(usize, Token)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn skip(&mut self, mark: char) -> bool {
        let there = self.tokens.get(self.at).is_some_and(|(_, token)| *token == Token::Mark(mark));
        self.at += usize::from(there);
        there
    }

    fn mark(&mut self, mark: char, line: usize) -> Result<(), Problem> {
        if self.skip(mark) { Ok(()) } else { Err(wrong(line, &format!("expected {mark}"))) }
    }

    fn block(&mut self, line: usize, word: &str) -> Result<Value, Problem> {
        let mut values = Map::new();
        loop {
            match self.next() {
                Some((_, Token::Mark('}'))) => return Ok(Value::Object(values)),
                Some((line, Token::Word(key))) => {
                    self.mark('=', line)?;
                    let value = self.value(line, DEEPEST)?;
                    values.insert(key, value);
                    self.skip(';');
                }
                Some((line, _)) => return Err(wrong(line, "expected a name or }.")),
                None => return Err(wrong(line, &format!("this {word} is not closed."))),
            }
        }
    }

    fn value(&mut self, line: usize, depth: usize) -> Result<Value, Problem> {
        let depth = depth.checked_sub(1).ok_or_else(|| wrong(line, "the value is nested too deep."))?;
        match self.next() {
            Some((_, Token::Text(text) | Token::Word(text))) => Ok(Value::from(text)),
            Some((line, Token::Mark('['))) => {
                let mut list = Vec::new();
                while !self.skip(']') {
                    list.push(self.value(line, depth)?);
                    self.skip(',');
                }
                Ok(Value::Array(list))
            }
            Some((line, Token::Mark('{'))) => {
                let mut map = Map::new();
                while !self.skip('}') {
                    let key = self.value(line, depth)?;
                    self.mark(':', line)?;
                    let value = self.value(line, depth)?;
                    map.insert(key.as_str().unwrap_or_default().to_owned(), value);
                    self.skip(',');
                }
                Ok(Value::Object(map))
            }
            Some((line, _)) => Err(wrong(line, "expected a value.")),
            None => Err(wrong(line, "the value is not closed.")),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    let mut line = 0;
    while let Some(c) = characters.next() {
        match c {
            '\n' => line += 1,
            c if c.is_whitespace() => {}
            '#' => while characters.next_if(|c| *c != '\n').is_some() {},
            '/' if characters.peek() == Some(&'/') => while characters.next_if(|c| *c != '\n').is_some() {},
            '"' => {
                let (start, mut value) = (line, String::new());
                loop {
                    match characters.next() {
                        Some('"') => break,
                        Some('\\') => value.extend(characters.next()),
                        Some(c) => {
                            line += usize::from(c == '\n');
                            value.push(c);
                        }
                        None => return Err(wrong(start, "the quotation mark is not closed.")),
                    }
                }
                tokens.push((start, Token::Text(value)));
            }
            c @ ('{' | '}' | '[' | ']' | '=' | ';' | ',' | ':') => tokens.push((line, Token::Mark(c))),
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = c.to_string();
                while let Some(c) = characters.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
                    word.push(c);
                }
                tokens.push((line, Token::Word(word)));
            }
            _ => return Err(wrong(line, "unexpected character.")),
        }
    }
    Ok(tokens)
}
