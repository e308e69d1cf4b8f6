//! A terminal with a person at it.

use std::ffi::CStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::process::{Command, Stdio};

use crate::xtask::Run;

/// Runs `command` on a terminal on which `answer` is typed; what it says comes back as stdout is not of the terminal.
pub fn answered(mut command: Command, answer: &str) -> Run {
    let (mut ours, theirs) = open();
    let error = theirs.try_clone().expect("duplicate the terminal");
    let child = command
        .stdin(theirs)
        .stderr(error)
        .stdout(Stdio::piped())
        .spawn()
        .expect("run xtask");
    // The command holds copies of the terminal until it is dropped.
    drop(command);
    // A terminal keeps what is typed until somebody reads it.
    ours.write_all(format!("{answer}\n").as_bytes()).expect("type");
    let stderr = std::thread::spawn(move || read(ours));
    let mut run = Run::from(child.wait_with_output().expect("wait for xtask"));
    run.stderr = stderr.join().expect("what was read");
    run
}

/// Both ends: ours, and that of the program. Programs of other tests that start meanwhile get neither.
fn open() -> (File, File) {
    // SAFETY: what is opened belongs to nobody else, and the name is read before anybody asks for another.
    let (ours, name) = unsafe {
        let ours = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        let is_open = ours >= 0 && libc::grantpt(ours) == 0 && libc::unlockpt(ours) == 0;
        assert!(is_open, "open a terminal: {}", std::io::Error::last_os_error());
        let name = CStr::from_ptr(libc::ptsname(ours));
        (File::from_raw_fd(ours), name.to_str().expect("a path").to_owned())
    };
    let theirs = OpenOptions::new().read(true).write(true).open(&name);
    (ours, theirs.expect("open its other end"))
}

/// All until the other end is closed, which Linux calls an error.
fn read(mut terminal: File) -> String {
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        said.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&said).into_owned()
}
