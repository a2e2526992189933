//! A keep-alive HTTP/1.1 client that costs next to nothing: on two cores, what the client takes the server lacks.

use std::io;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

pub struct Connection {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
}

#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub encoding: Option<String>,
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

impl Connection {
    pub async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), line: Vec::new() })
    }

    pub async fn get(&mut self, path: &str, cookie: &str, more: &str) -> io::Result<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n{more}\r\n");
        self.send(request.as_bytes()).await
    }

    pub async fn post(&mut self, path: &str, cookie: &str, kind: &str, body: &str) -> io::Result<Answer> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\ncookie: {cookie}\r\ncontent-type: {kind}\r\naccept: text/html\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.send(request.as_bytes()).await
    }

    async fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.get_mut().write_all(request).await?;
        self.receive().await
    }

    async fn receive(&mut self) -> io::Result<Answer> {
        let mut answer = Answer::default();
        let status = self.line().await?;
        answer.status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(": ") else { continue };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().map_err(|_| io::ErrorKind::InvalidData)?,
                "transfer-encoding" => chunked = true,
                "location" => answer.location = Some(value.to_owned()),
                "retry-after" => answer.retry_after = Some(value.to_owned()),
                "content-encoding" => answer.encoding = Some(value.to_owned()),
                _ => {}
            }
        }
        if chunked {
            self.chunks(&mut answer.body).await?;
        } else {
            self.exactly(length, &mut answer.body).await?;
        }
        Ok(answer)
    }

    async fn chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let line = self.line().await?;
            let length = usize::from_str_radix(line.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
            self.exactly(length, body).await?;
            self.line().await?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    async fn exactly(&mut self, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
        let start = body.len();
        body.resize(start + length, 0);
        self.stream.read_exact(&mut body[start..]).await.map(drop)
    }

    async fn line(&mut self) -> io::Result<String> {
        self.line.clear();
        if self.stream.read_until(b'\n', &mut self.line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(String::from_utf8_lossy(&self.line).trim_end().to_owned())
    }
}
