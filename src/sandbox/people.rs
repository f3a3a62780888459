//! Three made-up people who can sign in, each with an account in another data center.

use super::zoho::{self, DataCenter};

/// A person with an account.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Their address, at a name reserved for examples.
    pub(super) email: &'static str,
    /// Where their account lives; `None` is wherever the sign-in started.
    home: Option<&'static str>,
    /// Whether a second factor is asked for.
    pub(super) second_factor: bool,
}

impl Person {
    pub(super) fn by_id(id: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.id == id)
    }

    /// The person a sign-in without a page takes: their account lives where the sign-in started.
    pub(super) fn anybody() -> &'static Self {
        &PEOPLE[0]
    }

    /// The data center of their account, where the host signed in at has any.
    pub(super) fn data_center(&self, host: &str) -> Option<&'static DataCenter> {
        let here = zoho::by_accounts(host)?;
        self.home.and_then(zoho::by_code).or(Some(here))
    }
}

pub(super) const PEOPLE: [Person; 3] = [
    Person { id: "ann", name: "Ann Okafor", email: "ann@northwind.example", home: None, second_factor: false },
    Person { id: "bea", name: "Bea Lindqvist", email: "bea@fjord.example", home: Some("eu"), second_factor: true },
    Person {
        id: "chandra",
        name: "Chandra Rao",
        email: "chandra@lotus.example",
        home: Some("in"),
        second_factor: false,
    },
];
