//! The one list of storage checks.

/// Gives every check of a storage, by module and function, to the macro named in brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_checks {
    ([$($then:tt)*] $($argument:tt)*) => {
        $($then)*! {
            $($argument)*;
            secondary: [
                a_value_is_read_back_exactly,
                a_key_that_was_never_set_has_no_value,
                a_value_is_set_in_place_of_the_last,
                a_deleted_value_is_gone,
                keys_are_matched_whole,
                a_value_is_forgotten_after_its_ttl,
                a_new_value_has_its_own_ttl,
                a_key_is_any_text,
                a_ttl_is_any_span,
            ]
            atomic: [
                a_value_is_taken_once,
                an_expired_value_is_not_taken,
                a_counter_counts_from_one,
                counting_on_does_not_lengthen_a_counters_life,
                a_deleted_counter_begins_anew,
                a_value_is_set_where_there_is_none,
                a_value_that_is_not_set_changes_nothing,
                an_expired_value_counts_as_absent,
                a_sweep_leaves_what_lives,
            ]
            comparing: [
                a_value_is_replaced_where_it_is_the_expected,
                a_value_that_is_another_is_not_replaced,
                a_value_that_is_gone_is_not_replaced,
                a_replacement_has_its_own_ttl,
                a_value_is_deleted_where_it_is_the_expected,
                a_counter_is_compared_by_its_number,
            ]
            races: [
                two_hundred_takers_of_one_value_make_one,
                two_hundred_increments_count_two_hundred,
                a_counter_that_expired_begins_anew_once,
                two_hundred_setters_of_one_key_make_one,
                two_hundred_who_compare_one_value_make_one,
                no_change_is_lost_between_comparing_and_setting,
                a_deleted_value_is_not_set_again,
                a_sweep_never_deletes_what_was_written_anew,
            ]
        }
    };
}
