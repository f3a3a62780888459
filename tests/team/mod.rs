//! Team vaults: several members and machines on one store, and attackers with full access to it.
//!
//! The case numbers are those of the team vault's specification. All tests in this folder run on an in-memory store, in
//! a variant like a database and in one like a bucket. With `.ci/backends` they also run on a real PostgreSQL, S3 and
//! Azure counterpart, through the program's own clients: `stage.rs` creates a schema, a bucket or a prefix for each
//! world, and `tests/backends/faulty.rs` injects faults and moves the clock. There, a test that did not use its engine
//! fails. Cases that are tested in other places say so. `tests/documents/team_cases.rs` compares this table with the
//! existing tests.
//!
//! | case | what | tests | beside memory |
//! |---|---|---|---|
//! | 1 | two creators of one vault | `team::edits::case_01_two_creators_of_one_vault_and_one_wins`, `backends::suite::one_of_eight_creators_wins` | all three |
//! | 2 | two admins rename different credentials | `team::edits::case_02_two_admins_rename_different_credentials_at_once` | all three |
//! | 3 | the same field at once | `team::edits::case_03_the_same_field_at_once_is_a_conflict_and_nothing_is_lost`, `terminal::team::a_conflict_names_who_changed_the_field_and_nothing_is_lost` | all three; in the screens PostgreSQL |
//! | 4 | a rename during a refresh | `team::edits::case_04_a_rename_during_a_refresh_and_both_stand` | all three |
//! | 5 | a delete during a refresh | `team::edits::case_05_a_delete_during_a_refresh_stays_and_the_tokens_come_back_with_it` | all three |
//! | 6 | a forged object | `team::attacks::case_06_a_forged_object_is_refused_and_named` | all three |
//! | 7 | a stranger in a forged roster | `team::attacks::case_07_a_stranger_in_a_forged_list_of_members_is_refused` | all three |
//! | 8 | an object rolled back | `team::attacks::case_08_a_record_that_was_put_back_is_refused_and_named` | all three |
//! | 9 | an object lost by the store | `team::attacks::case_09_an_object_that_the_store_lost_is_told` | all three |
//! | 10 | two admins change the roster | `team::members::case_10_two_admins_change_the_list_at_once_and_both_changes_stand` | all three |
//! | 11 | a removed member's machine | `team::removal::case_11_a_removed_machine_reads_and_writes_nothing_from_then_on` | all three |
//! | 12 | a host reads only its own | `team::members::case_12_a_host_reads_only_its_credentials` | all three |
//! | 13 | a reader saves no setup | `team::members::case_13_a_reader_refreshes_and_saves_no_setup` | all three |
//! | 14 | a removal interrupted at every object | `team::removal::case_14_a_removal_that_is_interrupted_anywhere_resumes` | all three |
//! | 15 | a killed lease holder | `team::leases::case_15_a_holder_that_is_killed_before_during_and_after_its_request`, `.ci/faults/team` | all three; killed processes PostgreSQL |
//! | 16 | the store's clock is off | `team::clocks::case_16_the_store_s_clock_is_an_hour_off` | all three |
//! | 17 | our clock is off | `team::clocks::case_17_our_clock_is_an_hour_off` | all three |
//! | 18 | the store is down at each step | `team::leases::case_18_a_store_that_goes_down_at_any_step_loses_no_token` | all three |
//! | 19 | a lost answer of a conditional write | `team::leases::case_19_a_lost_answer_of_a_conditional_write_is_found_as_our_own`, `backends::suite::a_write_whose_answer_is_lost_is_unknown_and_found` | all three, the second one with a connection that is cut |
//! | 20 | a failure after the write | `team::edits::case_20_a_store_that_fails_after_it_has_written_saves_once`, `backends::bucket_words::an_error_after_the_write_is_unknown_and_the_object_is_found` | all three; an answer of 500 a small bucket |
//! | 21 | a slow store | `team::waiting::case_21_what_was_kept_is_shown_while_the_store_has_not_answered` | all three |
//! | 22 | the first list of a large vault | `team::edits::case_22_a_list_is_read_in_a_few_calls_and_then_from_this_machine`, `team::waiting::case_22_a_first_reading_is_reported_and_one_that_is_canceled_goes_on_later`, `benches/ratios/rows/team.rs` | all three; 10,000 credentials PostgreSQL |
//! | 23 | a wrong certificate | `backends::database_words::a_certificate_is_verified_by_name_and_authority`, `backends::bucket_words::a_certificate_of_a_bucket_is_verified` | PostgreSQL; a small server with TLS |
//! | 24 | no password in a log, `argv` or error | `backends::database_words::a_wrong_password_is_named_and_never_shown`, `cli::team_keys::a_password_of_the_store_is_kept_in_the_identity_and_nowhere_else`, `.ci/backends` | PostgreSQL, whose log is searched; a small bucket |
//! | 25 | local to team and back | `team::migration::case_25_there_and_back_keeps_every_field_id_history_and_label` | all three |
//! | 26 | many processes on four machines | `team::leases::case_26_many_processes_on_four_machines_spend_each_pair_once`, `tests/e2e/team_stress.py` | all three; processes PostgreSQL and S3 |
//! | 27 | a store that loses writes | `cli::team_unfit::a_store_that_loses_writes_is_refused_at_create_and_at_join_and_nothing_is_half_made`, `backends::self_test::a_real_store_that_checks_and_writes_apart_is_refused`, `backends::self_test::a_real_store_without_conditions_is_refused` | a small bucket; threaded moto; s3rver |
//! | 28 | two versions of the program | `team::edits::case_28_keys_of_another_version_are_kept_by_an_edit` | all three |
//! | 29 | somebody else's objects | `team::attacks::case_29_objects_of_somebody_else_in_the_same_place_are_ignored_and_told`, `backends::suite::foreign_objects_are_left_out` | all three |
//! | 30 | an SSH key or a plugin | `team::keys::an_ssh_key_opens_a_member_s_identity_and_no_other_key_does`, `team::keys::a_plugin_opens_it_after_a_touch_a_pin_or_a_choice`, `cli::team_keys::an_ssh_key_makes_joins_and_opens_a_team_vault_without_a_passphrase` | all three |

mod attacks;
mod clocks;
mod edits;
mod forging;
mod hosts;
mod index;
mod keys;
mod leases;
mod log_attacks;
mod logs;
mod members;
mod migration;
mod offline;
mod refusals;
mod removal;
mod requests;
mod restores;
mod roles;
pub(crate) mod ssh_keys;
mod stage;
pub(crate) mod stub_plugin;
mod unread;
mod waiting;
