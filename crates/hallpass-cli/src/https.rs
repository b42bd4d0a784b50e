//! Requests to Cloudflare's API.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use async_trait::async_trait;
use bytes::Bytes;
use hallpass::http_client::{HttpClient, HttpClientError};
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long an answer may take: longer than of a server's own, for a migration may.
const PATIENCE: Duration = Duration::from_secs(60);

/// How large an answer may be: a whole table of users is asked for at once.
const LARGEST: usize = 256 * 1024 * 1024;

/// By TLS, with the system's certificates; without it to this machine alone.
#[derive(Debug)]
pub(crate) struct Https {
    tls: Arc<ClientConfig>,
}

impl Https {
    pub(crate) fn new() -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let Ok(tls) = tls else { bail!("TLS cannot be set up here") };
        Ok(Self { tls: Arc::new(tls.with_root_certificates(roots).with_no_client_auth()) })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
        let uri = request.uri().clone();
        let Some(host) = uri.host().map(str::to_owned) else {
            return Err(HttpClientError::new("the address has no host"));
        };
        match uri.scheme_str() {
            Some("https") => {
                let tcp = connect(&host, uri.port_u16().unwrap_or(443)).await?;
                let name = ServerName::try_from(host).map_err(HttpClientError::new)?;
                let connector = TlsConnector::from(Arc::clone(&self.tls));
                answer(connector.connect(name, tcp).await.map_err(HttpClientError::new)?, request).await
            }
            // The token is not to be read on the way.
            Some("http") if matches!(&*host, "127.0.0.1" | "localhost" | "[::1]") => {
                answer(connect(&host, uri.port_u16().unwrap_or(80)).await?, request).await
            }
            _ => Err(HttpClientError::new("the address is not one of https")),
        }
    }
}

#[async_trait]
impl HttpClient for Https {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
        let answer = timeout(PATIENCE, self.exchange(request)).await;
        answer.unwrap_or_else(|_| Err(HttpClientError::new("the answer took too long")))
    }
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, HttpClientError> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    TcpStream::connect((host, port)).await.map_err(HttpClientError::new)
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpClientError> {
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let host = HeaderValue::try_from(authority).map_err(HttpClientError::new)?;
    parts.headers.insert(header::HOST, host);
    parts.headers.insert(header::USER_AGENT, HeaderValue::from_static("hallpass"));
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).parse();
    parts.uri = path.map_err(HttpClientError::new)?;

    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(HttpClientError::new)?;
    let connection = tokio::spawn(connection);
    let answered = async {
        let answer = sender.send_request(Request::from_parts(parts, Full::new(body))).await;
        let (parts, body) = answer.map_err(HttpClientError::new)?.into_parts();
        let body = Limited::new(body, LARGEST).collect().await.map_err(HttpClientError::new)?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    };
    let answered = answered.await;
    connection.abort();
    answered
}
