//! A disk without room: said, with what to do; nothing half-written; with room again it works.

use std::process::Command;

use workspace_tests::{Project, content, processes};

/// A small file system in the place of the project's data; taken away at the end.
struct SmallDisk<'a> {
    project: &'a Project,
}

impl<'a> SmallDisk<'a> {
    /// None where the test may not mount.
    fn of(project: &'a Project, size: &str) -> Option<Self> {
        let data = processes::data_folder(project);
        std::fs::create_dir_all(&data).unwrap();
        let disk = SmallDisk { project };
        if disk.mount(&format!("size={size},mode=0711")) {
            return Some(disk);
        }
        eprintln!("skipped: only root may mount a small file system");
        None
    }

    fn grow(&self, size: &str) {
        assert!(
            self.mount(&format!("remount,size={size}")),
            "grow the file system"
        );
    }

    fn mount(&self, options: &str) -> bool {
        let data = processes::data_folder(self.project);
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "seedbed-test"])
            .arg(data)
            .output();
        mount.is_ok_and(|mount| mount.status.success())
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        self.project.xtask(&["stop"]);
        let data = processes::data_folder(self.project);
        let _ = Command::new("umount").arg(&data).status();
        let _ = std::fs::remove_dir(data);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_nothing_is_half_written() {
    let project = Project::reference();
    let Some(disk) = SmallDisk::of(&project, "20m") else {
        return;
    };
    project
        .xtask(&["start"])
        .exits(1)
        .says("hint: make room on the disk");
    project.xtask(&["status"]).exits(1);

    disk.grow("250m");
    project.xtask(&["reset"]).exits(0);
    let client = project.database().await;
    let rows = "select count(*) from contacts";
    let before: i64 = client.query_one(rows, &[]).await.unwrap().get(0);
    let full = project
        .xtask(&["reset", "--count", "40000"])
        .exits(1)
        .says("hint:");
    assert!(full.stderr.contains("room"), "{}", full.stderr);
    assert!(before > 0);

    disk.grow("2g");
    project.xtask(&["reset"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_that_finds_no_room_leaves_the_rows_that_were_there() {
    let project = Project::reference();
    let Some(disk) = SmallDisk::of(&project, "250m") else {
        return;
    };
    project.xtask(&["reset"]).exits(0);
    let rows = async || {
        let mut rows = content(&project.database().await).await;
        // A server that crashed gives numbers from a little further on.
        rows.retain(|name, _| !name.ends_with("_seq"));
        rows
    };
    let before = rows().await;
    let full = project
        .xtask(&["seed", "--clean", "--count", "40000"])
        .exits(1)
        .says("hint:");
    assert!(full.stderr.contains("disk"), "{}", full.stderr);

    disk.grow("2g");
    // Where there was no room to go on, the server has to start again; commands wait for it.
    project.xtask(&["start"]).exits(0);
    project.xtask(&["runs"]).exits(0);
    assert_eq!(rows().await, before);
}
