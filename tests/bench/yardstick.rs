//! The yardstick: a bare actix handler with a static body, no middleware.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use actix_web::{App, HttpResponse, HttpServer, web};

/// The yardstick as a process of its own; it ends with this value.
pub struct Yardstick {
    child: Child,
    pub address: SocketAddr,
}

impl Yardstick {
    /// One that answers with so many bytes.
    pub fn start(bytes: usize) -> Yardstick {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--yardstick", &bytes.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Yardstick { child, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Yardstick {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until it is killed.
pub fn serve(bytes: usize) {
    let body: &'static str = Box::leak("x".repeat(bytes).into_boxed_str());
    actix_web::rt::System::new().block_on(async move {
        let answer = move || async move { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body) };
        let server = HttpServer::new(move || App::new().default_service(web::to(answer)))
            .workers(std::thread::available_parallelism().map_or(2, usize::from))
            .bind("127.0.0.1:0")
            .unwrap();
        println!("{}", server.addrs()[0]);
        server.run().await.unwrap();
    });
}
