//! How much of what is asked for by mail waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hallpass::events::SecurityEvent;
use hallpass::mailer::{Mail, MailKind};
use hallpass::tasks::{BackgroundTasks, Task};
use hallpass::types::Email;
use hallpass_testing::{ManualTasks, StubMailer};
use serde_json::json;

use crate::app::{Answer, App};

async fn ask(app: &App, email: &str) -> Answer {
    app.post("/request-password-reset", json!({"email": email, "redirectTo": "/x"})).await
}

fn not_sent(app: &App) -> usize {
    app.events.events().iter().filter(|event| matches!(event, SecurityEvent::MailNotSent { .. })).count()
}

fn waiting() -> (App, Arc<ManualTasks>, Arc<StubMailer>) {
    let (tasks, mailer) = (Arc::new(ManualTasks::new()), Arc::new(StubMailer::new()));
    let app = App::with(|b| b.mailer(Arc::clone(&mailer)).background_tasks(Arc::clone(&tasks)));
    (app, tasks, mailer)
}

#[tokio::test]
async fn what_strangers_ask_for_does_not_wait_without_bound() {
    let (app, tasks, mailer) = waiting();
    app.sign_up().await;
    // The first of those who wait: its mail is sent while the others decide.
    let good = ask(&app, "test@example.com").await;
    for index in 1..1000 {
        ask(&app, &format!("nobody{index}@example.com")).await;
    }
    assert_eq!((tasks.waiting(), not_sent(&app)), (1000, 0));
    for email in ["test@example.com", "nobody@example.com"] {
        let dropped = ask(&app, email).await;
        assert_eq!(
            (dropped.status, &dropped.headers, &dropped.body),
            (good.status, &good.headers, &good.body)
        );
    }
    assert_eq!((tasks.waiting(), not_sent(&app)), (1000, 2));
    tasks.run().await;
    assert_eq!((mailer.take().len(), not_sent(&app)), (1, 2), "nothing that was let in is dropped");
    // There is room again.
    ask(&app, "test@example.com").await;
    tasks.run().await;
    assert_eq!((mailer.take().len(), not_sent(&app)), (1, 2));
}

fn mail() -> Mail {
    Mail::new(Email::parse("a@b.co").unwrap(), MailKind::MagicLink)
}

#[tokio::test]
async fn mails_do_not_wait_without_bound_either() {
    let (app, tasks, mailer) = waiting();
    for _ in 0..1001 {
        assert!(app.auth.send_mail(mail()), "what is dropped looks as what is sent");
    }
    assert_eq!((tasks.waiting(), not_sent(&app)), (1000, 1));
    tasks.run().await;
    assert_eq!(mailer.take().len(), 1000);
    assert!(app.auth.send_mail(mail()));
    tasks.run().await;
    assert_eq!((mailer.take().len(), not_sent(&app)), (1, 1));
}

/// Runs nothing.
#[derive(Debug, Default)]
struct Dropping(AtomicUsize);

impl BackgroundTasks for Dropping {
    fn spawn(&self, _: Task) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn what_is_dropped_unrun_waits_no_longer() {
    let tasks = Arc::new(Dropping::default());
    let app = App::with(|b| b.mailer(StubMailer::new()).background_tasks(Arc::clone(&tasks)));
    for _ in 0..1001 {
        app.auth.send_mail(mail());
        ask(&app, "nobody@example.com").await;
    }
    assert_eq!((tasks.0.load(Ordering::SeqCst), not_sent(&app)), (2002, 0));
}
