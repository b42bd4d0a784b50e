//! Whether databases go about hallpass's statements by an index, and how many statements a request takes.
//!
//! A [`Recorder`] stands between the store and its connection. It counts what is asked of the database, and asks the
//! database itself how it would go about each statement, with the parameters and the rows that are there when it is first
//! run. [`Plan::scans`] says where that is by reading a whole table.

mod plan;
mod recorder;

pub use plan::Plan;
pub use recorder::Recorder;
