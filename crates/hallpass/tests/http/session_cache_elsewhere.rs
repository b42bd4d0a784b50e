//! Another process ends, changes or bans whom this one has copies of: nothing sensitive is done by a copy, and no copy is
//! believed beyond its time.

use std::sync::Arc;

use hallpass::types::UserId;
use hallpass::{MemoryStorage, MemoryStore, SecondaryOptions, SessionPlacement};
use hallpass_sql::{SqlConnection as _, Statement};
use hallpass_sqlite::{Sqlite, SqliteStore};
use hallpass_testing::MockClock;
use serde_json::{Value, json};

use crate::app::{App, PASSWORD};
use crate::session_cache::{STALE, Site, get, headers};

/// What another process does to the user of a session.
#[derive(Debug, Clone, Copy)]
enum Elsewhere {
    Deletes,
    ChangesPassword,
    ResetsPassword,
    RevokesAll,
}

impl Elsewhere {
    const ALL: [Self; 4] = [Self::Deletes, Self::ChangesPassword, Self::ResetsPassword, Self::RevokesAll];

    async fn befalls(self, site: &Site, user: &UserId) {
        let other = &site.other;
        match self {
            Self::Deletes => assert!(other.auth.delete_user(user).await.unwrap()),
            Self::ChangesPassword => {
                let cookie = other.sign_in(PASSWORD).await.cookie();
                let body = json!({
                    "currentPassword": PASSWORD, "newPassword": "another password", "revokeOtherSessions": true,
                });
                assert_eq!(other.post_as("/change-password", &cookie, body).await.status, 200);
            }
            Self::ResetsPassword => {
                other.auth.request_password_reset("test@example.com", None).await.unwrap();
                let token = site.mailer.take().pop().unwrap().token.unwrap();
                other.auth.reset_password(&token, &"another password".into()).await.unwrap();
            }
            Self::RevokesAll => drop(other.auth.revoke_sessions(user).await.unwrap()),
        }
    }
}

/// That whoever has this cookie is refused wherever something is changed or shown that is sensitive, and by the app's own
/// question.
async fn is_refused(app: &App, cookie: &str, why: &str) {
    for (path, body) in [
        ("/update-user", json!({"name": "B"})),
        ("/change-password", json!({"currentPassword": PASSWORD, "newPassword": "a third password"})),
        ("/revoke-sessions", json!({})),
        ("/revoke-other-sessions", json!({})),
        ("/unlink-account", json!({"providerId": "credential"})),
        ("/list-sessions", Value::Null),
    ] {
        let refused = match body {
            Value::Null => get(path, cookie).send(app).await,
            body => app.post_as(path, cookie, body).await,
        };
        assert_eq!(refused.status, 401, "{why}: {path}");
    }
    assert_eq!(app.auth.session(&headers(cookie)).await.unwrap(), None, "{why}");
}

#[tokio::test]
async fn whom_another_process_deletes_or_gives_another_password_changes_nothing_and_is_gone_within_the_bound()
{
    for elsewhere in Elsewhere::ALL {
        for site in [Site::new(), Site::placed()] {
            let cookie = site.app.sign_up().await.cookie();
            let user = site.app.auth.session(&headers(&cookie)).await.unwrap().unwrap().user.id;
            assert!(site.sees(&cookie).await);
            site.clock.advance(STALE / 2);
            elsewhere.befalls(&site, &user).await;
            assert!(
                site.sees(&cookie).await,
                "{elsewhere:?}: the stated weakness is not there: say so in the book"
            );
            is_refused(&site.app, &cookie, &format!("{elsewhere:?}")).await;
            site.clock.advance(STALE / 2);
            assert!(!site.sees(&cookie).await, "{elsewhere:?}");
        }
    }
}

/// As better-auth's admin plugin bans: a column is set, and the sessions are deleted.
#[tokio::test]
async fn whom_better_auth_bans_beside_changes_nothing_is_gone_within_the_bound_and_stays_out() {
    let sqlite = Sqlite::in_memory().unwrap();
    let store = SqliteStore::new(sqlite.clone());
    store.migrate().await.unwrap();
    sqlite.execute(Statement::new("ALTER TABLE \"user\" ADD COLUMN \"banned\" integer")).await.unwrap();
    let clock = Arc::new(MockClock::new());
    let storage = Arc::new(MemoryStorage::new(clock.clone(), 1_000));
    let sessions = SessionPlacement::Cached { max_stale: STALE };
    let mut app = App::over(Arc::new(store), MemoryStore::new(), |builder| {
        let options = SecondaryOptions { sessions, ..SecondaryOptions::default() };
        builder.clock(Arc::clone(&clock)).secondary_storage(Arc::clone(&storage), options)
    });
    app.clock = clock;
    let cookie = app.sign_up().await.cookie();
    let sees = async || get("/get-session", &cookie).send(&app).await.json() != Value::Null;
    assert!(sees().await);
    app.clock.advance(STALE / 2);
    for sql in ["UPDATE \"user\" SET \"banned\" = 1", "DELETE FROM \"session\""] {
        sqlite.execute(Statement::new(sql)).await.unwrap();
    }
    assert!(sees().await, "the stated weakness is not there: say so in the book");
    is_refused(&app, &cookie, "banned").await;
    let again = app.sign_in(PASSWORD).await;
    assert!(again.cookie().is_empty() && !again.status.is_success(), "{again:?}");
    app.clock.advance(STALE / 2);
    assert!(!sees().await);
}
