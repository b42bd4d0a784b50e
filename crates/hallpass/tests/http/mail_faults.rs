//! A store that fails at any call of a link that changes an address or deletes a user.

use std::sync::Arc;

use hallpass::mailer::{Mail, MailKind};
use hallpass::{ChangeEmail, MemoryStore, UserDeletion};
use hallpass_testing::{Fault, FaultyStore};
use http::Method;
use serde_json::json;

use crate::app::{Answer, Call, PASSWORD};
use crate::mail_app::{MailApp, path_of};

struct Faulty {
    app: MailApp,
    store: Arc<FaultyStore<MemoryStore>>,
    cookie: String,
    mail: Mail,
}

/// A user who has asked for a mail by posting `body` to `path`.
async fn prepared(path: &str, body: serde_json::Value, kind: MailKind) -> Faulty {
    let memory = MemoryStore::new();
    let store = Arc::new(FaultyStore::new(memory.clone()));
    let app = MailApp::over(Arc::clone(&store) as Arc<_>, memory, |b| {
        b.change_email(ChangeEmail { confirm_at_old_address: false, ..ChangeEmail::default() })
            .user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() })
    });
    let cookie = app.sign_up().await.cookie();
    app.post_as(path, &cookie, body).await;
    let mail = app.mail(kind);
    store.disarm();
    Faulty { app, store, cookie, mail }
}

async fn follow(faulty: &Faulty) -> Answer {
    Call::new(Method::GET, &path_of(&faulty.mail)).cookie(&faulty.cookie).send(&faulty.app).await
}

#[tokio::test]
async fn an_address_changes_whole_or_not_and_the_link_goes_on_to_work() {
    let prepare = async || {
        prepared("/change-email", json!({"newEmail": "new@example.com"}), MailKind::VerifyEmail).await
    };
    let dry = prepare().await;
    assert_eq!(follow(&dry).await.status.as_u16(), 302);
    for number in 1..=dry.store.calls().len() {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let faulty = prepare().await;
            faulty.store.arm(fault);
            let answer = follow(&faulty).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (500, ""), "{fault:?}");
            faulty.store.disarm();
            follow(&faulty).await;
            let body = json!({"email": "new@example.com", "password": PASSWORD});
            assert_eq!(faulty.app.post("/sign-in/email", body).await.status.as_u16(), 200, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_user_is_deleted_whole_or_not_by_a_link() {
    let prepare = async || prepared("/delete-user", json!({}), MailKind::DeleteAccount).await;
    let dry = prepare().await;
    assert_eq!(follow(&dry).await.status.as_u16(), 302);
    for number in 1..=dry.store.calls().len() {
        for fault in [Fault::Before(number), Fault::After(number)] {
            let faulty = prepare().await;
            faulty.store.arm(fault);
            let answer = follow(&faulty).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (500, ""), "{fault:?}");
            let (users, accounts) = (faulty.app.rows("user"), faulty.app.rows("account"));
            assert_eq!(users, accounts, "{fault:?}");
            assert!(users == 1 || faulty.app.rows("session") == 0, "{fault:?}");
        }
    }
}
