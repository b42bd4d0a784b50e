//! The one list of store checks.

/// Gives every check of a store, by module and function, to the macro named in brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_checks {
    ([$($then:tt)*] $($argument:tt)*) => {
        $($then)*! {
            $($argument)*;
            users: [
                a_user_comes_with_its_first_account,
                a_user_comes_with_its_first_session_or_not_at_all,
                every_field_of_a_user_is_kept_exactly,
                nobody_is_none,
                a_taken_user_id_is_refused_whole,
                a_taken_address_is_refused_whole,
                a_taken_first_account_refuses_the_user,
                addresses_are_matched_whole,
                user_ids_are_matched_whole,
                the_credential_is_the_users_own_password_account,
                a_deleted_user_takes_accounts_and_sessions_along,
                a_user_is_deleted_once,
                deleting_a_user_leaves_the_others,
                a_deleted_user_can_come_back_and_finds_nothing,
            ]
            user_changes: [
                an_update_changes_only_what_it_names,
                an_update_returns_the_user_as_it_then_is,
                an_update_can_take_the_picture_away,
                an_update_of_nobody_is_none,
                an_update_for_another_address_changes_nothing,
                an_update_for_another_proof_changes_nothing,
                an_update_to_a_taken_address_changes_nothing,
                an_update_moves_the_address,
            ]
            extra_fields: [
                additional_fields_are_set_beside_the_others,
                declared_fields_are_kept_exactly,
                a_field_set_to_null_is_taken_away,
                undeclared_fields_are_refused_whole,
                a_schema_is_declared_once,
                a_user_is_found_by_a_unique_field,
                a_taken_unique_field_is_refused_whole,
                an_empty_text_of_a_unique_field_is_a_text,
                an_update_of_a_session_changes_its_fields_only,
                an_update_of_a_session_does_not_insert,
            ]
            accounts: [
                every_field_of_an_account_is_kept_exactly,
                an_account_of_nobody_is_not_added,
                a_taken_identity_is_refused_whole,
                a_taken_account_id_is_refused_whole,
                an_account_with_additional_fields_is_refused_whole,
                an_identity_is_provider_and_account_id,
                identities_are_matched_whole,
                accounts_are_listed_oldest_first,
                nobody_has_no_accounts,
                deleting_an_account_leaves_the_rest,
                an_account_is_deleted_once,
                the_last_account_is_not_deleted,
            ]
            owners: [
                owners_are_matched_whole,
                account_ids_are_matched_whole,
                nobody_is_in_conflict_with_nobody,
            ]
            answers: [
                a_change_to_what_is_there_is_made,
                records_of_one_moment_are_all_listed,
                errors_and_debug_show_no_record,
            ]
            password_hashes: [
                a_password_hash_is_replaced,
                a_password_hash_that_has_changed_is_not_replaced,
                a_missing_password_hash_is_not_replaced,
            ]
            sessions: [
                every_field_of_a_session_is_kept_exactly,
                a_session_of_nobody_is_not_created,
                nobody_may_not_have_a_session,
                a_taken_token_is_refused,
                a_session_is_found_under_either_form,
                tokens_are_matched_whole,
                a_session_comes_with_its_own_user,
                a_session_that_is_not_there_is_none,
                a_session_is_deleted_under_any_form,
                all_sessions_of_a_user_are_deleted,
                the_excepted_session_stays,
            ]
            session_lifetimes: [
                an_expired_session_is_found,
                a_touch_moves_the_expiry_only,
                a_touch_does_not_insert,
                sessions_are_listed_until_they_expire,
                sessions_are_listed_newest_first,
                expired_sessions_are_deleted,
                expired_sessions_are_deleted_by_and_by,
            ]
            verifications: [
                every_field_of_a_verification_is_kept_exactly,
                looking_at_a_verification_leaves_it,
                a_verification_is_taken_once,
                a_verification_that_is_not_there_is_none,
                a_new_verification_replaces_the_old,
                a_verification_is_put_back_unless_there_is_another,
                a_verification_is_void_from_its_expiry,
                identifiers_are_matched_whole,
                expired_verifications_are_deleted,
                expired_verifications_are_deleted_by_and_by,
            ]
            every_method: [
                no_method_reads_a_clock,
                what_one_handle_wrote_the_others_read,
                a_dropped_call_has_happened_whole_or_not_at_all,
                a_dropped_deletion_has_happened_whole_or_not_at_all,
                handles_that_migrate_at_once_all_succeed,
            ]
            races: [
                two_hundred_sign_ups_of_one_address_make_one_user,
                two_hundred_claims_of_one_identity_make_one_account,
                two_hundred_changes_to_one_address_make_one,
                two_hundred_changes_of_one_state_make_one,
                two_hundred_sign_ups_with_one_unique_field_make_one_user,
                two_hundred_sessions_under_one_token_make_one,
                two_hundred_replacements_of_one_hash_make_one,
                two_hundred_deletions_of_one_row_make_one,
                of_two_accounts_that_are_deleted_at_once_one_stays,
                a_reader_sees_all_of_a_change_or_none,
            ]
            verification_races: [
                two_hundred_takers_of_one_verification_make_one,
                a_verification_replaced_meanwhile_is_taken_once,
                a_replaced_verification_is_never_missing,
                of_verifications_that_are_put_back_at_once_the_newest_stays,
            ]
            session_races: [
                a_touch_never_revives_a_session_that_is_deleted,
                a_touch_never_revives_a_session_when_all_are_deleted,
                an_update_never_revives_a_session_that_is_deleted,
                no_session_outlives_a_user_that_is_deleted,
                no_account_outlives_a_user_that_is_deleted,
                every_acknowledged_session_is_deleted,
                a_sweep_never_deletes_a_session_that_was_prolonged,
            ]
        }
    };
}
