//! The bytes of the requests.

use std::rc::Rc;

/// The password of every user.
const PASSWORD: &str = "correct horse battery";

/// Writes requests to the server on `port`, as a browser on its site would.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Requests {
    pub(crate) port: u16,
}

impl Requests {
    /// Asks whether the server is there.
    pub(crate) fn ok(self) -> Rc<[u8]> {
        self.get("/ok", "")
    }

    /// Asks for the session of a cookie, given as `name=value`.
    pub(crate) fn get_session(self, cookie: &str) -> Rc<[u8]> {
        self.get("/get-session", &format!("cookie: {cookie}\r\n"))
    }

    pub(crate) fn sign_in(self, email: &str) -> Rc<[u8]> {
        self.post("/sign-in/email", &format!(r#"{{"email":"{email}","password":"{PASSWORD}"}}"#))
    }

    pub(crate) fn sign_up(self, email: &str) -> Rc<[u8]> {
        let body = format!(r#"{{"name":"Ada Lovelace","email":"{email}","password":"{PASSWORD}"}}"#);
        self.post("/sign-up/email", &body)
    }

    fn get(self, path: &str, headers: &str) -> Rc<[u8]> {
        let Self { port } = self;
        let request = format!("GET /api/auth{path} HTTP/1.1\r\nhost: localhost:{port}\r\n{headers}\r\n");
        request.into_bytes().into()
    }

    fn post(self, path: &str, body: &str) -> Rc<[u8]> {
        let Self { port } = self;
        let length = body.len();
        let request = format!(
            "POST /api/auth{path} HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        request.into_bytes().into()
    }
}
