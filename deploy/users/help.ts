/** The texts of `--help`. The command is called the way the reader called it. */

const inContainer = "docker compose exec xmpp";

export const usersHelp = `Usage: npm run users -- <command> …        in containers: ${inContainer} users <command> …

  list [text] [--role <role>] [--group <group>]
                        everybody, or who has the text in a name, display name, address or group
  show <name>           one account
  add <name> [--display-name "Anna Petrova"] [--role <role>] [--group <group>] [--email <address>]
                        a new account; its role is pupil unless --role says teacher or administrator
  change <name> [--display-name …] [--role …] [--group …] [--email …]
                        changes what is named
  passwd <name>         a new password; whoever is signed in with the old one is signed out
  disable <name>        no sign-in any more; who is signed in is signed out
  enable <name>         takes that back
  sign-out <name>       ends what the person is signed in with; signing in again works
  remove <name> …       removes accounts and what was kept of them
  import <file.csv> [--group <group>] [--role <role>] [--existing error|update|skip] [--reset-passwords]
         [--dry-run] [--out <file>]
                        a class in one step: all of the file, or nothing where one line is at fault. The first row
                        names the columns: name, display name, role, group, email, password, in any order; name or
                        display name is enough. "-" reads standard input. --out writes the passwords into a file that
                        only its owner reads, instead of showing them.

Passwords of add and passwd are asked for at the terminal, without showing them; or
  --generate            makes a one-time password and prints it, once
  --password-stdin      reads it from standard input

  --json                prints what the server answered
  --csv                 import: prints the passwords as CSV
  --help                this

A one-time password is one that somebody else has seen: it works until its owner changes it, and the list says so.
Exit codes: 0 done, 1 refused by the server, 2 the command was wrong, 3 the server can't be reached or denies access.`;

export const settingsHelp = `Usage: npm run settings -- get [name]           in containers: ${inContainer} settings get
       npm run settings -- set <name> <value>

  secure-domain on|off          on: only people who signed in open rooms, others come in once a room is open
  room-openers signed-in|teachers
                                who opens rooms while the domain is secure
  keep-chat-days 0…400          how long texts of chats are kept; 0: they are not

  --json                        prints what the server answered

A change holds at once, with no restart; rooms that are open are left alone. ENABLE_AUTH=1 or 0 in the environment fixes
secure-domain; then it can't be set here.
Exit codes: 0 done, 1 refused by the server, 2 the command was wrong, 3 the server can't be reached or denies access.`;
