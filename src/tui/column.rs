//! The columns that tables are sorted by, and the order of the rows.

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Column {
    Name,
    /// The provider of a credential or of an integration.
    Integration,
    /// The status of a credential, the state of an integration.
    Status,
    /// Whom to ask.
    Owner,
    /// When the tokens expire.
    Expires,
    /// The next deadline.
    Due,
    /// The credential that an integration signs in with.
    Credential,
    /// The start of the last session.
    LastSession,
    /// The next run by schedule.
    NextRun,
    /// How many records the last session wrote.
    Records,
    /// The record types of an integration.
    Loads,
    Tags,
    /// When a program last received an access token of the credential.
    LastUsed,
    /// When an audited action happened.
    Time,
    /// The audited action.
    Action,
    /// The outcome of the action.
    Result,
    /// The program that performed the action.
    By,
    /// The user who performed the action.
    User,
    /// The team member who performed the action.
    Member,
    /// The machine of that member.
    Machine,
}

impl Column {
    /// The column's word in a title, such as "owner" in "by owner".
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Integration => "integration",
            Self::Status => "status",
            Self::Owner => "owner",
            Self::Expires => "expiry",
            Self::Due => "due first",
            Self::Credential => "credential",
            Self::LastSession => "last session",
            Self::NextRun => "next run",
            Self::Records => "records",
            Self::Loads => "loads",
            Self::Tags => "tags",
            Self::LastUsed => "last used",
            Self::Time => "time",
            Self::Action => "action",
            Self::Result => "result",
            Self::By => "program",
            Self::User => "user",
            Self::Member => "member",
            Self::Machine => "machine",
        }
    }

    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Integration => "INTEGRATION",
            Self::Status => "STATUS",
            Self::Owner => "OWNER",
            Self::Expires => "EXPIRES",
            Self::Due => "NEXT",
            Self::Credential => "CREDENTIAL",
            Self::LastSession => "LAST SESSION",
            Self::NextRun => "NEXT RUN",
            Self::Records => "RECORDS",
            Self::Loads => "RECORD TYPES",
            Self::Tags => "TAGS",
            Self::LastUsed => "LAST USED",
            Self::Time => "TIME",
            Self::Action => "ACTION",
            Self::Result => "RESULT",
            Self::By => "STARTED BY",
            Self::User => "USER",
            Self::Member => "MEMBER",
            Self::Machine => "MACHINE",
        }
    }

    /// Whether the values are numbers, which are aligned right.
    #[must_use]
    pub fn is_number(self) -> bool {
        self == Self::Records
    }

    /// Whether choosing the column sorts it in descending order at first: the latest session, the most records.
    fn starts_descending(self) -> bool {
        matches!(self, Self::LastSession | Self::Records | Self::LastUsed)
    }
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Order {
    /// The column that rows are sorted by; equal rows are sorted by name.
    pub column: Column,
    /// The greatest value first. Rows without a value are last in both directions.
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { column: Column::Name, descending: false }
    }
}

impl Order {
    /// The order after a column is chosen; choosing the same column again reverses the order.
    #[must_use]
    pub(crate) fn choose(self, column: Column) -> Self {
        if self.column == column {
            Self { descending: !self.descending, ..self }
        } else {
            Self { column, descending: column.starts_descending() }
        }
    }

    /// The arrow beside the column's heading.
    #[must_use]
    pub(crate) fn arrow(self) -> &'static str {
        if self.descending { "↓" } else { "↑" }
    }

    /// The suffix of a table's title; empty for the default order.
    #[must_use]
    pub(crate) fn suffix(self) -> String {
        match (self.column, self.descending) {
            (Column::Name, false) => String::new(),
            (Column::Due, false) => ", due first".to_owned(),
            (Column::Due, true) => ", due last".to_owned(),
            (column, _) => format!(", by {} {}", column.word(), self.arrow()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_chosen_twice_is_reversed_and_another_one_starts_anew() {
        let order = Order::default();
        assert_eq!(order.suffix(), "");
        let order = order.choose(Column::Owner);
        assert_eq!(order.suffix(), ", by owner ↑");
        assert_eq!(order.choose(Column::Owner).suffix(), ", by owner ↓");
        assert!(order.choose(Column::Records).descending, "the most records first");
        assert_eq!(order.choose(Column::Due).suffix(), ", due first");
    }
}
