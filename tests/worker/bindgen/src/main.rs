//! `worker-bindgen IN.wasm OUT/`: writes `OUT/index.js` and `OUT/index_bg.wasm`.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

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
    // workerd takes a module by a plain import.
    let script = output.join("index.js");
    let text = fs::read_to_string(&script).context("wasm-bindgen wrote no index.js")?;
    ensure!(text.contains("import source "), "wasm-bindgen imports the module otherwise than it used to");
    fs::write(&script, text.replace("import source ", "import "))?;
    Ok(())
}
