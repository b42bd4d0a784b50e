#![allow(missing_docs, clippy::all, clippy::disallowed_methods)]
use hallpass::clock::Timestamp;
use hallpass::model::*;
use hallpass::store::*;
use hallpass::types::*;
use hallpass_sql::{SqlConnection, Statement};
use hallpass_sqlite::*;
use std::time::Instant;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let path = std::env::args().nth(1).unwrap();
    let fresh = !std::path::Path::new(&path).exists();
    let store = SqliteStore::new(Sqlite::open(&path).unwrap());
    store.migrate().await.unwrap();
    let now = Timestamp::from_millis(1_795_335_687_378);
    let token = |i: usize| SessionToken::parse(&format!("{:032}", i.wrapping_mul(0x9E3779B97F4A7C15))).unwrap();
    if fresh {
        let t = Instant::now();
        let mut tasks = vec![];
        for w in 0..64usize {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                for i in (w..20_000).step_by(64) {
                    let u = User { id: format!("{i:032}").as_str().into(), name: "Some One".into(), email: Email::parse(&format!("u{i}@example.com")).unwrap(), email_verified: false, image: None, created_at: now, updated_at: now, extra: Extra::new() };
                    store.create_user(&u, Some(&Account::credential(format!("a{i:031}").as_str().into(), &u.id, hallpass::password::PasswordHash::new("x".repeat(97)), now))).await.unwrap();
                }
            }));
        }
        for t in tasks { t.await.unwrap(); }
        println!("20k users by 64 tasks: {:?}", t.elapsed());
        let t = Instant::now();
        let mut tasks = vec![];
        for w in 0..200usize {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                for i in (w..100_000).step_by(200) {
                    let s = Session { id: format!("s{i:031}").as_str().into(), user_id: format!("{:032}", i % 20_000).as_str().into(), token: token(i).hashed(), expires_at: now, created_at: now, updated_at: now, ip_address: Some("127.0.0.1".into()), user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36".into()), extra: Extra::new() };
                    assert!(store.create_session(&s).await.unwrap());
                }
            }));
        }
        for t in tasks { t.await.unwrap(); }
        println!("100k sessions by 200 tasks: {:?}", t.elapsed());
        let t = Instant::now();
        for i in 0..200 { store.touch_session(&token(i).hashed(), now, now).await.unwrap(); }
        println!("one write alone: {:?}", t.elapsed() / 200);
    }
    let n = 200_000usize;
    for (what, span) in [("hot", 16usize), ("of 100k", 100_000)] {
        for two in [false, true] {
            let forms: Vec<_> = (0..span).map(|i| { let t = token(i); TokenForms::new(t.hashed(), two.then(|| t.plain())) }).collect();
            let t = Instant::now();
            for i in 0..n { assert!(store.session(&forms[i.wrapping_mul(7919) % span]).await.unwrap().is_some()); }
            println!("session {what} two={two}: {:?}", t.elapsed() / n as u32);
        }
    }
    // parts
    let sqls = [
      ("one", store.sql("SELECT s.[id] AS {a}, s.[expiresAt] AS {b}, s.[token] AS {c}, s.[createdAt] AS {d}, s.[updatedAt] AS {e}, s.[ipAddress] AS {f}, s.[userAgent] AS {g}, s.[userId] AS {h}, u.[id] AS {i}, u.[name] AS {j}, u.[email] AS {k}, u.[emailVerified] AS {l}, u.[image] AS {m}, u.[createdAt] AS {n}, u.[updatedAt] AS {o} FROM [session] AS s JOIN [user] AS u ON u.[id] = s.[userId] WHERE s.[token] = ?")),
      ("nothing", store.sql("SELECT 1 AS one")),
      ("id", store.sql("SELECT s.[id] AS {a} FROM [session] AS s WHERE s.[token] = ?")),
    ];
    for (name, sql) in sqls {
        for span in [16usize, 100_000] {
        let toks: Vec<_> = (0..span).map(|i| token(i).hashed()).collect();
        let t = Instant::now();
        for i in 0..n {
            let p = if name == "nothing" { vec![] } else { vec![toks[i.wrapping_mul(7919) % span].as_str().into()] };
            store.connection().query(Statement::with(&sql, p)).await.unwrap();
        }
        println!("raw {name} {span}: {:?}", t.elapsed() / n as u32);
        }
    }
    let t = Instant::now();
    for _ in 0..n { std::hint::black_box(Timestamp::parse(std::hint::black_box("2026-11-22T08:21:27.378Z"))); }
    println!("parse: {:?}", t.elapsed() / n as u32);
}
