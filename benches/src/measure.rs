//! The phases that a server goes through.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::connection::Connection;
use crate::contender::Contender;
use crate::load::{self, Group, Seen};
use crate::options::Options;
use crate::process::Process;
use crate::requests::Requests;
use crate::results::{Phase, PhaseResults, ServerResults};
use crate::server::Server;

/// How many clients sign in or up at once.
const SIGNING: usize = 8;
/// How often a server is started to tell how long that takes.
const STARTS: usize = 5;

/// Measures one server, with its files in a folder of `folder` that is emptied first.
pub(crate) async fn contender(
    contender: Contender,
    options: &Options,
    target: &Path,
    folder: &Path,
) -> Result<ServerResults> {
    let folder = folder.join(contender.name());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    contender.migrate(&folder)?;

    eprintln!("{}: {STARTS} starts", contender.name());
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(Server::start(contender, &folder, target).await?.cold_start);
    }
    starts.sort_unstable();

    let server = Server::start(contender, &folder, target).await?;
    // What a start leaves behind is put away: threads end, collectors run.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle_bytes = server.process().resident()?;

    let users = users(&server, options.connections.max(SIGNING)).await?;
    let run =
        Run { name: contender.name(), server: &server, duration: Duration::from_secs_f64(options.seconds) };
    let phases = run.phases(&users, options.connections).await?;
    Ok(ServerResults {
        name: contender.name(),
        version: contender.version()?,
        cold_start_ms: starts.get(STARTS / 2).map_or(0.0, |median| median.as_secs_f64() * 1e3),
        idle_bytes,
        loaded_bytes: server.process().resident()?,
        phases,
    })
}

/// A user with a session.
#[derive(Debug)]
struct User {
    email: String,
    /// `name=value`
    cookie: String,
}

/// Signs users up, one after the other.
async fn users(server: &Server, count: usize) -> Result<Vec<User>> {
    let mut connection = Connection::open(server.port).await?;
    let mut users = Vec::new();
    for number in 0..count {
        let email = format!("user-{number}@example.com");
        let answer = connection.send(&server.requests().sign_up(&email)).await?;
        ensure!(answer.status == 200, "signing up was answered {} {:?}", answer.head, answer.body);
        let cookie = answer.header("set-cookie").and_then(|line| line.split(';').next());
        users.push(User { email, cookie: cookie.context("signing up gave no cookie")?.to_owned() });
    }
    Ok(users)
}

#[derive(Debug)]
struct Run<'a> {
    name: &'static str,
    server: &'a Server,
    duration: Duration,
}

impl Run<'_> {
    async fn phases(&self, users: &[User], connections: usize) -> Result<Vec<PhaseResults>> {
        let requests = self.server.requests();
        let get_session = get_session(requests, users, connections);
        let sign_in = sign_in(requests, users);
        let sign_up = sign_up(requests);

        let mut results = Vec::new();
        for (phase, group) in
            [(Phase::GetSession, &get_session), (Phase::SignIn, &sign_in), (Phase::SignUp, &sign_up)]
        {
            eprint!("{}: {}, {} connections … ", self.name, phase.title(), group.connections);
            // What is compiled, cached or grown at first use is not what is measured.
            load::run(self.server.port, [group], self.duration / 4).await;
            let before = (self.server.process().cpu()?, Process::this().cpu()?);
            let [seen] = load::run(self.server.port, [group], self.duration).await;
            let after = (self.server.process().cpu()?, Process::this().cpu()?);
            let cpu = (after.0 - before.0, after.1 - before.1);
            results.push(finish(phase, seen, Some(cpu)));
        }
        eprint!("{}: {}, {connections} connections … ", self.name, Phase::BusyGetSession.title());
        load::run(self.server.port, [&get_session, &sign_in], self.duration / 4).await;
        let [busy, signing_in] = load::run(self.server.port, [&get_session, &sign_in], self.duration).await;
        results.push(finish(Phase::BusyGetSession, busy, None));
        eprint!("{}: {} … ", self.name, Phase::BusySignIn.title().trim());
        results.push(finish(Phase::BusySignIn, signing_in, None));
        Ok(results)
    }
}

fn get_session(requests: Requests, users: &[User], connections: usize) -> Group {
    let all: Vec<_> = users.iter().map(|user| requests.get_session(&user.cookie)).collect();
    Group { connections, request: in_turn(all), expected: br#"{"session":{"# }
}

fn sign_in(requests: Requests, users: &[User]) -> Group {
    let all: Vec<_> = users.iter().map(|user| requests.sign_in(&user.email)).collect();
    Group { connections: SIGNING, request: in_turn(all), expected: br#""token":""# }
}

fn sign_up(requests: Requests) -> Group {
    let count = Cell::new(0_u64);
    let request = move |_| {
        count.set(count.get() + 1);
        requests.sign_up(&format!("new-{}@example.com", count.get()))
    };
    Group { connections: SIGNING, request: Rc::new(request), expected: br#""token":""# }
}

/// Gives each connection the request of its number, again and again.
fn in_turn(all: Vec<Rc<[u8]>>) -> Rc<dyn Fn(usize) -> Rc<[u8]>> {
    Rc::new(move |number| all.get(number % all.len()).cloned().unwrap_or_default())
}

/// `cpu` is what the server's process and this one took.
fn finish(phase: Phase, mut seen: Seen, cpu: Option<(Duration, Duration)>) -> PhaseResults {
    let requests = seen.latencies.count();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / requests.max(1) as f64;
    let [p50_ms, p99_ms] = seen.latencies.quantiles([0.5, 0.99]);
    let result = PhaseResults {
        phase,
        rate: seen.rate(),
        p50_ms,
        p99_ms,
        server_cpu_us: cpu.map(|(server, _)| each(server)),
        client_cpu_us: cpu.map(|(_, client)| each(client)),
        requests,
        errors: seen.errors,
    };
    eprintln!("{:.0} a second", result.rate);
    if let Some(error) = seen.first_error {
        eprintln!("  {} errors; the first: {error}", seen.errors);
    }
    result
}
