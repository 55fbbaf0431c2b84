//! A forge behind TLS: certificates that have expired, are a stranger's or of another name, and a good one. They are
//! made here; the binaries trust who signed them by `SSL_CERT_FILE`.

use crate::fake::Fake;
use crate::site;
use crate::stage::Stage;
use drover::http::{Method, Request};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Whoever signs: its certificate as text, and what it signs with.
fn signer(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

/// What a server shows: a certificate for `name` that is good until the end of `year`.
fn shown(by: &Issuer<'static, KeyPair>, name: &str, year: i32) -> Arc<ServerConfig> {
    let mut params = CertificateParams::new(vec![name.to_string()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(year, 12, 31));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, by).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap())
}

/// The forge behind TLS on a free port, until this process ends; its address.
fn listen(fake: &Fake, config: Arc<ServerConfig>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let fake = fake.clone();
    std::thread::spawn(move || {
        for wire in listener.incoming().flatten() {
            // A handshake that the other side breaks off is what most of these stories are about.
            drop(answer(&fake, &config, wire));
        }
    });
    url
}

fn answer(fake: &Fake, config: &Arc<ServerConfig>, mut wire: TcpStream) -> std::io::Result<()> {
    let mut tls = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = Stream::new(&mut tls, &mut wire);
    let mut asked = Vec::new();
    let mut piece = [0; 4096];
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        asked.extend(&piece[..read]);
    }
    let text = String::from_utf8_lossy(&asked).into_owned();
    let path = text.split_whitespace().nth(1).unwrap_or_default().to_string();
    let token = text.lines().find_map(|line| line.strip_prefix("authorization: token "));
    let request = Request { method: Method::Get, path, body: None };
    let Ok(page) = fake.answer(token, &request) else { return Ok(()) };
    let head = format!(
        "HTTP/1.1 {} Told\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        page.status,
        page.body.len()
    );
    stream.write_all(&[head.as_bytes(), &page.body].concat())?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// A stage whose forge shows this certificate, and whose machine trusts these signers.
fn stage(config: Arc<ServerConfig>, trusted: &str) -> Stage {
    let mut s = site::set(Stage::with());
    let url = listen(&site::of(&s).fake, config);
    let text = fs::read_to_string(s.toml_file()).unwrap();
    let old = text.lines().find(|line| line.starts_with("forge_url = ")).unwrap().to_string();
    fs::write(s.toml_file(), text.replace(&old, &format!("forge_url = \"{url}\""))).unwrap();
    let file = s.path("signers.pem");
    fs::write(&file, trusted).unwrap();
    s.vars.push(("SSL_CERT_FILE".into(), file.display().to_string()));
    s
}

#[test]
fn a_good_certificate_of_whom_the_machine_trusts_is_taken() {
    let (pem, by) = signer("ours");
    let s = stage(shown(&by, "127.0.0.1", 2100), &pem);
    s.run("preflight", &["env"]).says("as bot");
    s.poll().ends(0);
    assert_eq!(s.poll().err, "");
}

#[test]
fn a_bad_certificate_is_named_with_its_remedy_and_told_at_once() {
    let ((pem, by), (stranger, _)) = (signer("ours"), signer("theirs"));
    let bad = [
        (shown(&by, "127.0.0.1", 2002), &pem, "xpired"),
        (shown(&by, "127.0.0.1", 2100), &stranger, "UnknownIssuer"),
        (shown(&by, "forge.example", 2100), &pem, "not valid for name"),
    ];
    for (config, trusted, words) in bad {
        let s = stage(config, trusted);
        let said = s.run("preflight", &["env"]).says("certificate is not accepted").says("SSL_CERT_FILE");
        assert!(format!("{}{}", said.out, said.err).contains(words), "{words}: {said:?}");
        let said = s.poll();
        assert!(format!("{}{}", said.out, said.err).contains("certificate is not accepted"), "{said:?}");
        let issue = site::of(&s).issue("maria", "Add a note");
        s.poll();
        s.run("status", &["why", &issue.to_string()]).says("certificate is not accepted");
        assert!(site::of(&s).labels(issue).iter().any(|l| l == "backlog"), "nothing is done");
    }
}
