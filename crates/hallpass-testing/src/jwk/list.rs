//! The one list of checks of stores of keys.

/// Gives every check of a store of keys, by module and function, to the macro named in brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! __jwk_checks {
    ([$($then:tt)*] $($argument:tt)*) => {
        $($then)*! {
            $($argument)*;
            keys: [
                a_key_is_read_back_exactly,
                a_key_without_what_need_not_be_there_is_read_back_too,
                a_key_is_added_where_none_signs_so_long,
                a_key_that_signs_longer_or_for_ever_leaves_no_place,
                a_key_of_another_algorithm_is_not_in_the_way,
                a_key_that_does_not_say_its_algorithm_counts_as_one_for_the_named,
                a_key_that_signs_no_more_is_kept,
                debug_shows_no_key,
            ]
            races: [
                of_two_hundred_who_add_a_key_those_who_did_find_theirs,
            ]
        }
    };
}
