//! HTTP to the fakes of providers that scenarios run on this machine, by a Worker's own `fetch`.

use hallpass::http_client::HttpClient;
use hallpass_workers::Fetch;

pub(crate) fn client() -> impl HttpClient {
    Fetch::default()
}
