//! The commands in order, on synthetic slices: split, preprocess, train, go on, export, the server's own loading,
//! evaluate, count, faithfulness, cues, figures. Each stage is in a file of its own, with what it refuses.

mod common;
mod exporting;
mod measuring;
mod preparing;
mod teaching;
mod training;

use common::with_slices;

#[test]
fn from_slices_to_weights_that_the_server_loads() {
    let temporary = with_slices();
    let folder = temporary.path();
    preparing::slices_become_a_dataset_and_archives(folder);
    training::a_stop_changes_nothing(folder);
    training::other_settings_are_refused(folder);
    training::a_finished_run_tells_what_comes_next(folder);
    exporting::the_server_loads_the_weights(folder);
    measuring::a_part_is_evaluated(folder);
    measuring::the_parts_are_counted(folder);
    measuring::every_kind_of_map_is_measured(folder);
    measuring::cues_are_changed(folder);
    measuring::figures_are_drawn(folder);
}
