use hallpass::password::{HashError, PasswordHasher};
use http::Method;
use worker::{HttpRequest, Response, Result};

use super::message::{Answer, Question};
use crate::requests;

/// The most that a question may weigh: a password of the greatest length that hallpass takes, every character of it escaped.
const LARGEST_QUESTION: usize = 64 * 1024;

/// Answers what a [`RemoteHasher`](super::RemoteHasher) asks: the whole of a Worker, or of a Durable Object, that hashes passwords. What
/// goes wrong is logged here, without password and hash.
///
/// It must be out of reach from outside: no route, no `workers.dev` address.
///
/// # Errors
/// The answer cannot be given. What cannot be answered is a response of 400, 405 or 500.
pub async fn answer_hashing(hasher: &dyn PasswordHasher, request: HttpRequest) -> Result<Response> {
    if request.method() != Method::POST {
        return Response::error("", 405);
    }
    let Ok(body) = requests::read(request.into_body(), LARGEST_QUESTION).await else {
        return Response::error("", 400);
    };
    let Some(question) = Question::read(&body) else { return Response::error("", 400) };
    let answered = match &question {
        Question::Hash { password } => hasher.hash(password).await.map(Answer::Hash),
        Question::Verify { password, hash } => hasher.verify(password, hash).await.map(Answer::Verdict),
    };
    let answer = match answered {
        Ok(answer) => answer,
        Err(HashError::Busy { retry_after }) => Answer::Busy { retry_after },
        Err(HashError::Malformed) => Answer::Malformed,
        Err(error) => {
            tracing::error!(%error, "a password was not hashed");
            return Response::error("", 500);
        }
    };
    Response::from_bytes(answer.text().to_vec())
}
