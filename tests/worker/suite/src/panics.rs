//! What a panic said, for the script around the module: nothing else is left of it.

use std::panic;

use worker::js_sys::{Reflect, global};
use worker::wasm_bindgen::JsValue;

/// Keeps what the last panic said as `globalThis.panicked`.
pub(crate) fn tell() {
    panic::set_hook(Box::new(|panic| {
        Reflect::set(&global(), &JsValue::from_str("panicked"), &JsValue::from_str(&panic.to_string())).ok();
    }));
}
