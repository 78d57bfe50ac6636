//! Those who write single things while it dies.

use std::net::SocketAddr;

use super::ledger::Hand;
use super::line::Line;
use crate::support::PASSWORD;

/// Edits one after the other until the server is gone.
pub fn edit(line: &Line, address: SocketAddr, hands: &mut [Hand], round: usize) {
    for number in 0.. {
        for hand in hands.iter_mut() {
            let Some(page) = line.get(address, &format!("/users/{}/edit", hand.id)) else { return };
            if page.status != 200 {
                continue;
            }
            let name = format!("Round {round}, edit {number}");
            let form = page.form("main form");
            let fields: Vec<(&str, &str)> = form
                .iter()
                .map(|(field, value)| (field.as_str(), if field == "name" { name.as_str() } else { value.as_str() }))
                .collect();
            hand.pending = Some(name.clone());
            let Some(answer) = line.post(address, &format!("/users/{}", hand.id), &fields) else { return };
            hand.pending = None;
            match answer.status {
                303 => {
                    hand.name = name;
                    hand.edits += 1;
                }
                503 => {}
                other => panic!("an edit was answered with {other}: {}", answer.readable()),
            }
        }
    }
}

/// Creates people until the server is gone.
pub fn create(line: &Line, address: SocketAddr, round: usize) -> Vec<(String, bool)> {
    let mut created = Vec::new();
    for number in 0.. {
        let email = format!("made{round}-{number}@example.org");
        let form = [("name", "Made"), ("email", email.as_str()), ("customer", "1")];
        let answer = line.post(address, "/users", &form);
        let Some(answer) = answer else {
            created.push((email, false));
            break;
        };
        assert!(matches!(answer.status, 303 | 503), "{}: {}", answer.status, answer.readable());
        if answer.status == 303 {
            created.push((email, true));
        }
    }
    created
}

/// Somebody who can sign in.
pub struct Member {
    pub id: i64,
    pub email: String,
    pub codes: Vec<String>,
}

/// Signs in until the server is gone or the codes are; gives who did how often, and the cookies.
pub fn sign_in(address: SocketAddr, members: &mut [Member]) -> Vec<(i64, String)> {
    let mut done = Vec::new();
    while let Some(member) = members.iter_mut().find(|member| !member.codes.is_empty()) {
        let once = (|| {
            let mut line = Line::visitor(address)?;
            let half = line.post(address, "/login", &[("email", &member.email), ("password", PASSWORD)])?;
            if half.status != 303 {
                return Some(None);
            }
            line.keep(&half);
            line.csrf = line.get(address, "/login/code")?.field("csrf")?;
            let code = member.codes.pop().unwrap();
            let answer = line.post(address, "/login/code", &[("code", &code)])?;
            if answer.status != 303 {
                return Some(None);
            }
            line.keep(&answer);
            Some(Some((member.id, line.cookie)))
        })();
        match once {
            None => break,
            Some(signed) => done.extend(signed),
        }
    }
    done
}
