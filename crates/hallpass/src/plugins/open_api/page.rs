//! The page that shows the document: [Scalar](https://github.com/scalar/scalar), as better-auth's.
//!
//! A script on this page could act as whoever looks at it. So it is one file of one version, by its hash (W3C
//! Subresource Integrity), and the page's policy lets it load and send nothing but to this server.

use std::borrow::Cow;

use serde_json::{Value, json};

/// The file that draws the page, and the hash that it must have.
#[derive(Debug, Clone)]
pub struct ReferenceScript {
    url: Cow<'static, str>,
    integrity: Cow<'static, str>,
}

impl ReferenceScript {
    /// A script at `url`, whose hash is `integrity`: `sha384-…`, as the `integrity` attribute of HTML has it. A
    /// browser runs no other.
    pub fn new(url: impl Into<Cow<'static, str>>, integrity: impl Into<Cow<'static, str>>) -> Self {
        Self { url: url.into(), integrity: integrity.into() }
    }
}

impl Default for ReferenceScript {
    /// Scalar 1.72.1 from jsDelivr.
    fn default() -> Self {
        Self::new(
            "https://cdn.jsdelivr.net/npm/@scalar/api-reference@1.72.1/dist/browser/standalone.js",
            "sha384-U11tb2XnKvmwt8RlTvnwUnYgrN+ur4Xyh9htLhjajWNR/Oyl5AX5DEz00qRmlrmK",
        )
    }
}

/// What the page may do.
pub(super) fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The page.
pub(super) fn html(document: &Value, theme: &str, script: &ReferenceScript, nonce: &str) -> String {
    // Fonts, the proxy for requests, the assistant and telemetry are all at Scalar's, where the policy lets nothing go.
    let configuration = json!({
        "theme": theme,
        "withDefaultFonts": false,
        "telemetry": false,
        "hideClientButton": true,
        "showDeveloperTools": "never",
        "agent": {"disabled": true},
        "mcp": {"disabled": true},
        "metaData": {"title": "hallpass API"},
    });
    let (document, configuration) = (in_script(document), in_script(&configuration));
    let (url, integrity) = (escaped(&script.url), escaped(&script.integrity));
    format!(
        r#"<!doctype html>
<html>
  <head>
    <title>hallpass API</title>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
  </head>
  <body>
    <script id="api-reference" type="application/json">{document}</script>
    <script nonce="{nonce}">
      document.getElementById('api-reference').dataset.configuration = JSON.stringify({configuration})
    </script>
    <script nonce="{nonce}" src="{url}" integrity="{integrity}" crossorigin="anonymous"></script>
  </body>
</html>
"#
    )
}

/// JSON that nothing in it can end the script of. Only texts can hold a `<`.
fn in_script(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gets_out_of_its_place_in_the_page() {
        let evil = "</script><script>alert(1)</script>\"";
        let script = ReferenceScript::new(evil, evil);
        let page = html(&json!({"info": {"title": evil}}), evil, &script, "n");
        assert!(!page.contains("alert(1)</script>\""), "{page}");
        assert_eq!(page.matches("<script").count(), 3);
        assert_eq!(page.matches("</script>").count(), 3);
        assert!(!page.contains("src=\"</"), "{page}");
    }
}
