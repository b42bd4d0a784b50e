//! `worker-bindgen IN.wasm OUT/`: writes `OUT/index.js` and `OUT/index_bg.wasm`.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

/// What is written otherwise than wasm-bindgen does, as text for text.
const CHANGES: [(&str, &str); 4] = [
    // workerd takes a module by a plain import.
    ("import source ", "import "),
    // After a panic the module is put back to its beginning with the next call. If that is what a request of before waited for, it
    // would go on in the new memory at an address of the old one.
    ("!== __wbg_instance_id) {", "!== __wbg_instance_id || __wbg_reinit_scheduled) {"),
    // Whoever was waiting would wait for ever.
    (
        "export function __wbg_reset_state",
        "export const underWay = new Set();\nexport function __wbg_reset_state",
    ),
    ("    throw e;\n}", "    for (const end of underWay) end(e);\n    throw e;\n}"),
];

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [input, output] = arguments.as_slice() else {
        anyhow::bail!("worker-bindgen IN.wasm OUT/");
    };
    Bindgen::new()
        .input_path(input)
        .out_name("index")
        .module(true)?
        .typescript(false)
        // After a panic the module is put back to its beginning.
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .generate(output)?;
    let script = output.join("index.js");
    let mut text = fs::read_to_string(&script).context("wasm-bindgen wrote no index.js")?;
    for (from, to) in CHANGES {
        let places = text.matches(from).count();
        ensure!(places > 0, "wasm-bindgen writes no `{from}` any more");
        // What is done at a panic must be done nowhere else.
        ensure!(places == 1 || !from.contains("throw"), "wasm-bindgen writes `{from}` in {places} places");
        text = text.replace(from, to);
    }
    fs::write(&script, text)?;
    Ok(())
}
