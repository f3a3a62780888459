//! Three made-up users who can sign in, each with an account in another data center.

use super::zoho::{self, DataCenter};

/// A user with an account.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Their email address, in a domain that is reserved for examples.
    pub(super) email: &'static str,
    /// The data center of their account; `None`: the one where the sign-in started.
    home: Option<&'static str>,
    /// Whether the sign-in asks for a second factor.
    pub(super) second_factor: bool,
}

impl Person {
    pub(super) fn by_id(id: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.id == id)
    }

    /// The user of a sign-in without a page. Their account is in the data center where the sign-in started.
    pub(super) fn anybody() -> &'static Self {
        &PEOPLE[0]
    }

    /// The data center of their account; `None` if the host of the sign-in belongs to no data center.
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
