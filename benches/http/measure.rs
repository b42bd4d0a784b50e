//! The phases that a server goes through.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, ensure};
use hallpass_benches::connection::Connection;

use crate::contender::Contender;
use crate::fill::{SESSIONS, fill};
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
    // Whoever makes its own tables makes them now.
    drop(Server::start(contender, &folder, target, false).await?);
    eprintln!("{}: adding {SESSIONS} sessions", contender.name());
    let cookies = fill(contender, &folder).await?;

    eprintln!("{}: {STARTS} starts", contender.name());
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(Server::start(contender, &folder, target, false).await?.cold_start);
    }
    starts.sort_unstable();

    let server = Server::start(contender, &folder, target, false).await?;
    // What a start leaves behind is put away: threads end, collectors run.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle_bytes = server.process().resident()?;

    let emails = sign_up_all(&server).await?;
    let duration = Duration::from_secs_f64(options.seconds);
    let run = Run { name: contender.name(), server: &server, duration };
    let requests = server.requests();
    let get_session = get_session(requests, &cookies, options.connections);
    let mut phases = run.phases(&get_session, &sign_in(requests, &emails), &sign_up(requests)).await?;
    let loaded_bytes = server.process().resident()?;
    drop(server);

    let server = Server::start(contender, &folder, target, true).await?;
    let cookies = sign_in_all(&server, &emails).await?;
    let get_session = self::get_session(server.requests(), &cookies, options.connections);
    let run = Run { name: contender.name(), server: &server, duration };
    phases.push(run.alone(Phase::CachedGetSession, &get_session).await?);
    Ok(ServerResults {
        name: contender.name(),
        version: contender.version()?,
        cold_start_ms: starts.get(STARTS / 2).map_or(0.0, |median| median.as_secs_f64() * 1e3),
        idle_bytes,
        loaded_bytes,
        phases,
    })
}

/// Signs up, one after the other, who will sign in, and gives their addresses.
async fn sign_up_all(server: &Server) -> Result<Vec<String>> {
    let mut connection = Connection::open(server.port).await?;
    let emails: Vec<_> = (0..SIGNING).map(|number| format!("user-{number}@example.com")).collect();
    for email in &emails {
        let answer = connection.send(&server.requests().sign_up(email)).await?;
        ensure!(
            answer.status == 200,
            "signing up was answered {}{}",
            answer.head,
            String::from_utf8_lossy(answer.body)
        );
    }
    Ok(emails)
}

/// Signs everybody in, one after the other, and gives the cookies of each: the token and the copy of the session.
async fn sign_in_all(server: &Server, emails: &[String]) -> Result<Vec<String>> {
    let mut connection = Connection::open(server.port).await?;
    let mut all = Vec::new();
    for email in emails {
        let answer = connection.send(&server.requests().sign_in(email)).await?;
        let cookies: Vec<_> = answer.set_cookies().collect();
        ensure!(
            cookies.iter().any(|cookie| cookie.contains("session_data=")),
            "signing in gave no copy of the session in a cookie: {}",
            answer.head
        );
        all.push(cookies.join("; "));
    }
    Ok(all)
}

#[derive(Debug)]
struct Run<'a> {
    name: &'static str,
    server: &'a Server,
    duration: Duration,
}

impl Run<'_> {
    async fn phases(
        &self,
        get_session: &Group,
        sign_in: &Group,
        sign_up: &Group,
    ) -> Result<Vec<PhaseResults>> {
        let mut results = Vec::new();
        for (phase, group) in
            [(Phase::GetSession, get_session), (Phase::SignIn, sign_in), (Phase::SignUp, sign_up)]
        {
            results.push(self.alone(phase, group).await?);
        }
        eprint!(
            "{}: {}, {} connections … ",
            self.name,
            Phase::BusyGetSession.title(),
            get_session.connections
        );
        load::run(self.server.port, [get_session, sign_in], self.duration / 4).await;
        let [busy, signing_in] = load::run(self.server.port, [get_session, sign_in], self.duration).await;
        results.push(finish(Phase::BusyGetSession, busy, None));
        eprint!("{}: {} … ", self.name, Phase::BusySignIn.title().trim());
        results.push(finish(Phase::BusySignIn, signing_in, None));
        Ok(results)
    }

    /// A phase in which nothing else is asked.
    async fn alone(&self, phase: Phase, group: &Group) -> Result<PhaseResults> {
        eprint!("{}: {}, {} connections … ", self.name, phase.title(), group.connections);
        // What is compiled, cached or grown at first use is not what is measured.
        load::run(self.server.port, [group], self.duration / 4).await;
        let before = (self.server.process().cpu()?, Process::this().cpu()?);
        let [seen] = load::run(self.server.port, [group], self.duration).await;
        let after = (self.server.process().cpu()?, Process::this().cpu()?);
        let cpu = (after.0 - before.0, after.1 - before.1);
        Ok(finish(phase, seen, Some(cpu)))
    }
}

/// Each request is for another session, with neighbours far apart.
fn get_session(requests: Requests, cookies: &[String], connections: usize) -> Group {
    // Prime, and so without a divisor in common with the number of sessions.
    const STRIDE: usize = 61_813;
    let all: Vec<_> = cookies.iter().map(|cookie| requests.get_session(cookie)).collect();
    let turn = Cell::new(0_usize);
    let request = move |_| {
        turn.set((turn.get() + STRIDE) % all.len());
        all.get(turn.get()).cloned().unwrap_or_default()
    };
    Group { connections, request: Rc::new(request), expected: br#"{"session":{"# }
}

/// Each connection signs in a user of its own.
fn sign_in(requests: Requests, emails: &[String]) -> Group {
    let all: Vec<_> = emails.iter().map(|email| requests.sign_in(email)).collect();
    let request = move |number: usize| all.get(number % all.len()).cloned().unwrap_or_default();
    Group { connections: SIGNING, request: Rc::new(request), expected: br#""token":""# }
}

fn sign_up(requests: Requests) -> Group {
    let count = Cell::new(0_u64);
    let request = move |_| {
        count.set(count.get() + 1);
        requests.sign_up(&format!("new-{}@example.com", count.get()))
    };
    Group { connections: SIGNING, request: Rc::new(request), expected: br#""token":""# }
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
