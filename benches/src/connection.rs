//! One kept-alive HTTP/1.1 connection, with one request on its way at a time.
//!
//! Request bytes are written as they come and of an answer only its end is looked for, so that the
//! client takes little of the CPU that it shares with the server.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// 200, say.
    pub status: u16,
    /// Its status and headers.
    pub head: &'a str,
    /// As it came: a chunked one with its chunks' lengths.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects to a port of the loopback address.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 * 1024) })
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// The connection ends, or what comes is no answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if parse(&self.buffer)?.is_some() {
                break;
            }
        }
        // Parsed again because the loop's borrow cannot leave it; it costs less than a microsecond.
        parse(&self.buffer)?.ok_or_else(|| ErrorKind::InvalidData.into())
    }
}

/// Reads an answer; `None` while it is not all there.
fn parse(buffer: &[u8]) -> Result<Option<Answer<'_>>> {
    let bad = |what| Error::new(ErrorKind::InvalidData, what);
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let (head, body) = buffer.split_at(end + 4);
    let head = str::from_utf8(head).map_err(|_| bad("a head that is not text"))?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| bad("no status"))?;
    let answer = Answer { status, head, body };
    if let Some(length) = answer.header("content-length") {
        let length: usize = length.parse().map_err(|_| bad("a bad content-length"))?;
        return Ok((body.len() >= length).then_some(answer));
    }
    if answer.header("transfer-encoding").is_some() {
        // JSON has no line breaks of its own, so these bytes are the last chunk and nothing else.
        return Ok((body == b"0\r\n\r\n" || body.ends_with(b"\r\n0\r\n\r\n")).then_some(answer));
    }
    Err(bad("an answer whose end cannot be told"))
}

impl<'a> Answer<'a> {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// What it sets cookies to, each as `name=value`.
    pub fn set_cookies(&self) -> impl Iterator<Item = &'a str> {
        self.headers("set-cookie").filter_map(|line| line.split(';').next())
    }

    fn headers(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.head.lines().skip(1).filter_map(move |line| {
            let (found, value) = line.split_at_checked(name.len())?;
            let value = value.strip_prefix(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_a_length_ends_after_that_many_bytes() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nx: y\r\n\r\nnull";
        let answer = parse(whole).unwrap().unwrap();
        assert_eq!((answer.status, answer.body, answer.header("X")), (200, b"null".as_slice(), Some("y")));
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]).unwrap(), None, "{end}");
        }
    }

    #[test]
    fn a_chunked_answer_ends_with_the_empty_chunk() {
        let whole =
            b"HTTP/1.1 429 Too Many Requests\r\ntransfer-encoding: chunked\r\n\r\n4\r\nnull\r\n0\r\n\r\n";
        assert_eq!(parse(whole).unwrap().unwrap().status, 429);
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]).unwrap(), None, "{end}");
        }
    }

    #[test]
    fn cookies_are_told_without_their_attributes() {
        let whole =
            b"HTTP/1.1 200 OK\r\nset-cookie: a=1; Path=/\r\ncontent-length: 0\r\nSet-Cookie: b=2\r\n\r\n";
        let answer = parse(whole).unwrap().unwrap();
        assert_eq!(answer.set_cookies().collect::<Vec<_>>(), ["a=1", "b=2"]);
    }

    #[test]
    fn an_answer_without_an_end_is_an_error() {
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\nnull").is_err());
    }
}
