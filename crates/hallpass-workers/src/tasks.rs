use hallpass::tasks::{BackgroundTasks, Task};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;

#[wasm_bindgen(module = "cloudflare:workers")]
extern "C" {
    /// Of the request that is being answered: <https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil>.
    #[wasm_bindgen(js_name = "waitUntil")]
    fn wait_until(promise: &Promise);
}

/// Work that the Worker goes on with after its answer, for up to 30 seconds. It belongs to the request that began it, so one of these
/// serves any number.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct WaitUntil;

impl BackgroundTasks for WaitUntil {
    fn spawn(&self, task: Task) {
        wait_until(&worker::wasm_bindgen_futures::future_to_promise(async {
            task.await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}
