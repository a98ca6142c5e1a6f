//! Progress: a JavaScript function as the callback of the runtime, which may be called from any thread. Here there is
//! only one.

use std::cell::RefCell;
use std::ops::ControlFlow;

use js_sys::Function;
use pxc_runtime::{Progress, ProgressCallback};
use wasm_bindgen::JsValue;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Does work that reports its progress to `listener`: pixels done, and pixels of the image. The work stops if the
/// function throws.
pub(crate) fn heard<T>(
    listener: Option<Function>,
    work: impl FnOnce(ProgressCallback<'_>) -> T,
) -> T {
    LISTENER.set(listener);
    let result = work(&report);
    LISTENER.set(None);
    result
}

fn report(progress: Progress) -> ControlFlow<()> {
    let numbers = [progress.done, progress.total].map(|pixels| JsValue::from(pixels as f64));
    let listener = LISTENER.with_borrow(Option::clone);
    let [done, total] = &numbers;
    match listener.map(|listener| listener.call2(&JsValue::NULL, done, total)) {
        Some(Err(_)) => ControlFlow::Break(()),
        Some(Ok(_)) | None => ControlFlow::Continue(()),
    }
}
