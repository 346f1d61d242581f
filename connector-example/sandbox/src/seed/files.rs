//! The users and the files that a new database starts with.

use rusqlite::Connection;

use crate::config::Rows;
use crate::record_id::record_id;
use crate::seed::row::{LOGO, Row, USER_COUNT, insert, system_values, user_id};

/// First name, last name and whether the user is active. The first is the user of every token.
const USERS: [(Option<&str>, &str, bool); USER_COUNT] = [
    (Some("Integration"), "User", true),
    (Some("Ada"), "O'Brien", true),
    (Some("Zoë"), "Müller", true),
    (None, "Support", true),
    (Some("Former"), "Employee", false),
];

pub(super) fn fill_users(connection: &Connection) -> rusqlite::Result<()> {
    let rows = USERS
        .into_iter()
        .enumerate()
        .map(|(number, (first_name, last_name, active))| {
            let nickname = first_name.unwrap_or(last_name).to_lowercase();
            let address = format!("{nickname}@sandbox.example");
            let mut row = system_values(number);
            row.retain(|(name, _)| *name != "OwnerId");
            row.extend([
                ("Id", user_id(number).into()),
                ("Username", address.clone().into()),
                ("LastName", last_name.to_owned().into()),
                ("FirstName", first_name.map(str::to_owned).into()),
                ("Alias", nickname.chars().take(8).collect::<String>().into()),
                ("Email", address.into()),
                ("Title", None::<String>.into()),
                ("IsActive", active.into()),
                ("ManagerId", (number > 1).then(|| user_id(1)).into()),
            ]);
            row
        });
    insert(connection, "User", rows)
}

/// The bytes of a file: the same for the same length, and not text.
fn content(length: u32) -> Vec<u8> {
    let block: Vec<u8> = (0..=u8::MAX).collect();
    let length = length as usize;
    let mut bytes = block.repeat(length.div_ceil(block.len()));
    bytes.truncate(length);
    bytes
}

pub(super) fn fill_files(connection: &Connection, rows: Rows) -> rusqlite::Result<()> {
    let versions = [
        (
            "Notes",
            "notes.txt",
            Some(b"Line one\r\nline two\n".to_vec()),
        ),
        ("Logo", "logo.png", Some(LOGO.to_vec())),
        ("Empty", "empty.txt", Some(Vec::new())),
        ("Link", "link.url", None),
        ("Survey", "survey.bin", Some(content(rows.largest_file))),
    ];
    let versions = versions
        .into_iter()
        .enumerate()
        .map(|(number, (title, path, bytes))| -> Row {
            let mut row = system_values(number);
            row.extend([
                ("Id", record_id("068", number as u64).into()),
                ("Title", title.to_owned().into()),
                ("PathOnClient", path.to_owned().into()),
                ("VersionData", bytes.into()),
            ]);
            row
        });
    insert(connection, "ContentVersion", versions)?;
    let attachments = [
        ("contract.txt", "text/plain", b"Signed: yes\n".to_vec()),
        ("photo.png", "image/png", LOGO.to_vec()),
        ("scan.bin", "application/octet-stream", content(100_000)),
    ];
    let attachments = attachments
        .into_iter()
        .enumerate()
        .take(rows.accounts as usize)
        .map(|(number, (name, content_type, bytes))| -> Row {
            let mut row = system_values(number);
            row.extend([
                ("Id", record_id("00P", number as u64).into()),
                ("ParentId", record_id("001", number as u64).into()),
                ("Name", name.to_owned().into()),
                ("IsPrivate", (number == 1).into()),
                ("ContentType", content_type.to_owned().into()),
                ("Body", bytes.into()),
            ]);
            row
        });
    insert(connection, "Attachment", attachments)
}
